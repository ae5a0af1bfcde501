// The ordering room's exports.
export {
  backoffDelay, orderAdd, orderCounts, orderDeadLetter, orderDone, orderDueAll, orderDueNow,
  orderHold, orderLimits, orderNext, orderNextDue, orderPark, orderRelease, orderRemove, orderReset,
  orderRetry, orderState,
} from "./order";
