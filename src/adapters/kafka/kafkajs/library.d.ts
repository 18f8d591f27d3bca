/** Modules that the library neither exports nor types, as far as `mend.ts` changes them and its test looks at them. */
declare module "kafkajs/src/network/requestQueue/index.js" {
  interface QueuedRequest {
    readonly entry: { readonly correlationId: number; resolve(): void; reject(): void };
    readonly expectResponse: boolean;
    sendRequest(): void;
  }
  /** What waits for a connection, and what is sent and not answered. */
  export default class RequestQueue {
    constructor(settings: {
      readonly maxInFlightRequests: number | null;
      readonly requestTimeout: number;
      readonly enforceRequestTimeout: boolean;
      readonly clientId: string;
      readonly broker: string;
      readonly logger: Readonly<Record<"debug" | "warn", () => void>>;
    });
    readonly pending: readonly unknown[];
    push(request: QueuedRequest): void;
    fulfillRequest(response: { readonly correlationId: number; readonly size: number; readonly payload: null }): void;
    maybeThrottle(ms: number): void;
    scheduleCheckPendingRequests(): void;
  }
}

declare module "kafkajs/src/network/connection.js" {
  import type { ISocketFactory } from "kafkajs";
  /** To one server. */
  export default class Connection {
    constructor(settings: { readonly host: string; readonly port: number; readonly logger: { namespace(name: string): unknown }; readonly socketFactory: ISocketFactory; readonly connectionTimeout: number; readonly requestTimeout: number });
    readonly host: string;
    readonly port: number;
    /** Of an answer that has not come as a whole. */
    chunks: Buffer[];
    bytesBuffered: number;
    bytesNeeded: number;
    isConnected(): boolean;
    connect(): Promise<true>;
    disconnect(): Promise<true>;
  }
}
