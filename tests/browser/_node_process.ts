/** What a browser runs instead of `node:process`: no variable is set. @module */
export default { env: {} as Record<string, string | undefined> };
