/**
 * Terminal locations and connection tokens.
 * @see https://docs.stripe.com/api/terminal/locations
 * @see https://docs.stripe.com/api/terminal/connection_tokens
 * @module
 */
import type Stripe from "stripe";
import { missingParameter } from "./api_error.ts";
import type { Call } from "./call.ts";
import { type ListPage, readPageQuery } from "./collection.ts";
import { changedMetadata, type ParameterReader } from "./parameters.ts";

type Location = Stripe.Terminal.Location;

/** Creates a location. */
export function createLocation(call: Call): Location {
  const { parameters, state, mode } = call;
  const name = parameters.requiredText("display_name");
  const address = readAddress(parameters);
  if (!address) throw missingParameter("address");
  if (!address.country) throw missingParameter("address[country]");
  const overrides = parameters.text("configuration_overrides");
  const metadata = parameters.metadata();
  parameters.ignore("phone");
  parameters.done();
  if (overrides) mode.configurations.get(overrides);
  return mode.locations.add({
    id: state.ids.short("tml_"),
    object: "terminal.location",
    address,
    ...(overrides ? { configuration_overrides: overrides } : {}),
    display_name: name,
    livemode: mode.livemode,
    metadata: changedMetadata({}, metadata),
  });
}

/** Returns the location of the path. */
export function retrieveLocation(call: Call): Location {
  call.parameters.done();
  return call.mode.locations.get(call.id);
}

/** Changes a location; an empty configuration goes back to the account's. */
export function updateLocation(call: Call): Location {
  const { parameters, mode } = call;
  const name = parameters.text("display_name");
  const address = readAddress(parameters);
  const overrides = parameters.text("configuration_overrides");
  const metadata = parameters.metadata();
  parameters.ignore("phone");
  parameters.done();
  const location = mode.locations.get(call.id);
  if (name) location.display_name = name;
  if (address) location.address = { ...location.address, ...address };
  if (overrides) mode.configurations.get(overrides);
  if (overrides) location.configuration_overrides = overrides;
  else if (overrides === "") delete location.configuration_overrides;
  location.metadata = changedMetadata(location.metadata, metadata);
  return location;
}

/** Deletes a location. */
export function deleteLocation(call: Call): Stripe.Terminal.DeletedLocation {
  call.parameters.done();
  const { id, object } = call.mode.locations.remove(call.id);
  return { id, object, deleted: true };
}

/** Returns a page of locations. */
export function listLocations(call: Call): ListPage<Location> {
  const query = readPageQuery(call.parameters);
  call.parameters.done();
  return call.mode.locations.page(query);
}

/**
 * Creates a connection token. The sandbox has no readers of Stripe's own
 * protocol, so nothing ever redeems it; it exists to be fetched, and to fail
 * to be fetched.
 */
export function createConnectionToken(
  call: Call,
): Stripe.Terminal.ConnectionToken {
  const { parameters, state, mode } = call;
  const location = parameters.text("location");
  parameters.done();
  if (location) mode.locations.get(location);
  return {
    object: "terminal.connection_token",
    ...(location ? { location } : {}),
    secret: state.ids.next(mode.livemode ? "pst_live_" : "pst_test_"),
  };
}

function readAddress(
  parameters: ParameterReader,
): Stripe.Address | undefined {
  const record = parameters.record("address");
  if (!record) return undefined;
  const text = (name: string) => record.text(name) ?? null;
  const address = {
    city: text("city"),
    country: text("country"),
    line1: text("line1"),
    line2: text("line2"),
    postal_code: text("postal_code"),
    state: text("state"),
  };
  record.done();
  return address;
}
