/**
 * The pipeline every request takes: key, limit, idempotency, handler, answer.
 *
 * Owns: the order of these steps, which decides what is saved under an
 * idempotency key and what is not. Knows nothing of sockets: the same object
 * serves HTTP and a simulator that calls it directly. Synchronous.
 * @module
 */
import { createHash } from "node:crypto";
import { ApiFailure, serverFault } from "./api_error.ts";
import { authenticate, isForAnother } from "./authentication.ts";
import { API_VERSION } from "./events.ts";
import { expand } from "./expand.ts";
import { canonicalForm, decodeForm, type FormRecord } from "./form.ts";
import { ParameterReader } from "./parameters.ts";
import type { RateLimiter } from "./rate_limit.ts";
import { findRoute, type Route } from "./router.ts";
import type { ModeState, SandboxState } from "./state.ts";

/** A request, decoded no further than HTTP does. */
export interface ApiRequest {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** Query without the question mark. */
  readonly query: string;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** An answer, ready for HTTP. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request that passed every check and waits to be executed. */
export interface PendingCall {
  /** Executes the endpoint and saves the answer under its key. */
  run(): ApiResponse;
  /** Executes the endpoint, and answers and saves a failure all the same. */
  runAndFail(status: number): ApiResponse;
  /** Executes nothing; the failure is saved under the key only if asked. */
  fail(status: number, isSaved: boolean): ApiResponse;
}

/** The API of one sandbox. */
export class SandboxApi {
  readonly #state: SandboxState;
  readonly #limiter: RateLimiter;

  /** Serves `state` within the limits of `limiter`. */
  constructor(state: SandboxState, limiter: RateLimiter) {
    this.#state = state;
    this.#limiter = limiter;
  }

  /** Executes a request and returns its answer. */
  handle(request: ApiRequest): ApiResponse {
    const started = this.start(request);
    return "run" in started ? started.run() : started;
  }

  /**
   * Checks a request and claims its idempotency key.
   *
   * @returns the answer when there is nothing to execute (an error, a replay),
   *   or the call, of which exactly one method must be called once
   */
  start(request: ApiRequest): ApiResponse | PendingCall {
    const requestId = this.#state.ids.short("req_");
    const key = request.headers["idempotency-key"] || null;
    const context = { request, requestId, key };
    try {
      const mode = authenticate(this.#state, request.headers);
      const route = findRoute(request.method, request.path);
      if (!route) throw unknownEndpoint(request);
      const nowMs = this.#state.clock.nowMs();
      this.#limiter.admit(mode.accountId, route.endpoint, nowMs);
      const isPost = request.method === "POST";
      const form = decodeForm(isPost ? request.body : request.query);
      const claimed = isPost ? key : null;
      if (claimed) {
        const endpoint = `${request.method} ${request.path}`;
        const print = createHash("sha256").update(canonicalForm(form))
          .digest("base64");
        const saved = mode.keys.claim(claimed, endpoint, print, nowMs);
        if (saved) {
          return answer(saved.status, saved.body, context, {
            "idempotent-replayed": "true",
            "original-request": saved.requestId,
            ...retryAdvice(saved.status, true),
          });
        }
      }
      return this.#pending(context, mode, route, form, claimed);
    } catch (error) {
      return failureAnswer(error, context, false);
    }
  }

  #pending(
    context: Context,
    mode: ModeState,
    route: Route,
    form: FormRecord,
    key: string | null,
  ): PendingCall {
    const settle = (response: ApiResponse, isSaved: boolean): ApiResponse => {
      if (!key) return response;
      const { status, body } = response;
      const { requestId } = context;
      if (isSaved) mode.keys.save(key, { status, body, requestId });
      else mode.keys.release(key);
      return response;
    };
    const execute = () => {
      const parameters = new ParameterReader(form);
      try {
        const result = route.handler({
          state: this.#state,
          mode,
          parameters,
          id: route.id,
          isDirect: isForAnother(context.request.headers, mode),
          requestId: context.requestId,
          idempotencyKey: key,
        });
        const expanded = expand(result, parameters.expand, mode);
        const response = answer(200, JSON.stringify(expanded), context);
        return { response, isSaved: true };
      } catch (error) {
        const isSaved = parameters.isExecuting;
        return { response: failureAnswer(error, context, isSaved), isSaved };
      }
    };
    const fail = (status: number, isSaved: boolean) =>
      settle(failureAnswer(serverFault(status), context, isSaved), isSaved);
    return {
      run: () => {
        const { response, isSaved } = execute();
        return settle(response, isSaved);
      },
      runAndFail: (status) => {
        execute();
        return fail(status, true);
      },
      fail,
    };
  }
}

interface Context {
  readonly request: ApiRequest;
  readonly requestId: string;
  readonly key: string | null;
}

function unknownEndpoint({ method, path }: ApiRequest): ApiFailure {
  return new ApiFailure(404, {
    type: "invalid_request_error",
    message: `Unrecognized request URL (${method}: ${path}).`,
  });
}

function answer(
  status: number,
  body: string,
  context: Context,
  extra: Readonly<Record<string, string>> = {},
): ApiResponse {
  const { headers } = context.request;
  const account = headers["stripe-account"];
  return {
    status,
    body,
    headers: {
      "content-type": "application/json",
      "request-id": context.requestId,
      "stripe-version": headers["stripe-version"] ?? API_VERSION,
      ...(account ? { "stripe-account": account } : {}),
      ...(context.key ? { "idempotency-key": context.key } : {}),
      ...extra,
    },
  };
}

function failureAnswer(
  error: unknown,
  context: Context,
  isSaved: boolean,
): ApiResponse {
  const failure = error instanceof ApiFailure ? error : null;
  // A bug of the sandbox is not an answer of Stripe: let it be seen.
  if (!failure) throw error;
  const body = JSON.stringify({ error: failure.body }, null, 2);
  return answer(failure.status, body, context, {
    ...retryAdvice(failure.status, isSaved),
    ...failure.headers,
  });
}

/**
 * Whether repeating with the same key can help: a conflict ends, an unsaved
 * server error is over, a saved one is only replayed. 429 is left to the
 * client's own pace, as Stripe does.
 */
function retryAdvice(
  status: number,
  isSaved: boolean,
): Readonly<Record<string, string>> {
  if (status < 400) return {};
  const helps = status === 409 || (status >= 500 && !isSaved);
  return { "stripe-should-retry": String(helps) };
}
