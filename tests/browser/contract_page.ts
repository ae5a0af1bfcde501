/** Starts the Worker of the contract and keeps what it posts. @module */
(globalThis as unknown as { results: Promise<unknown> }).results = new Promise(
  (resolve, reject) => {
    const worker = new Worker("worker.js", { type: "module" });
    worker.onmessage = ({ data }): void => resolve(data);
    worker.onerror = ({ message }): void => reject(new Error(message));
  },
);
