/** A request as it came in. */
export interface HttpRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  /** Without the `?`. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body to its end; null for one that is larger than is taken. Rejects when the caller goes away. */
  body(): Promise<Uint8Array | null>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export interface HttpListening {
  /** `http://127.0.0.1:8480` */
  readonly address: string;
  /** No connection is taken any more; resolves when those that there are have ended, which does not take long. */
  close(): Promise<void>;
}

/** Where requests come in. */
export interface HttpServer {
  /** Each request is given to `handle`, whose answer goes back unless the caller went away. Rejects with InfraError FC6031. */
  listen(handle: (request: HttpRequest) => Promise<HttpAnswer>): Promise<HttpListening>;
}
