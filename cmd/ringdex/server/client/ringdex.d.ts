/** Presence in Microsoft Graph's words; null where nothing is known. */
export interface Presence {
  availability: "available" | "busy" | "doNotDisturb" | "away" | "beRightBack" | "offline" | "unknown" | (string & {});
  activity?: string;
  statusMessage?: string;
  outOfOffice: boolean;
  workLocation?: string;
  source: string;
  sequenceNumber?: string;
  /** RFC 3339, UTC: when the source said so. */
  asOf: string;
  /** The source has not confirmed it for too long. */
  stale: boolean;
}

/** How an agent is by its own word. */
export interface OwnPresence {
  availability: "available" | "availableIdle" | "busy" | "busyIdle" | "doNotDisturb" | "away" | "beRightBack" | "offline";
  /** "inACall", …; the same word as availability if absent. */
  activity?: string;
  statusMessage?: string;
  /** Seconds, at most 14,400; until the connection ends if absent. */
  expiresIn?: number;
}

/** A contact as GET /v1/contacts/{id} shows it, presence aside. */
export interface Contact {
  id: string;
  directoryId: string;
  displayName?: string;
  [member: string]: unknown;
}

/** A member of a view. Members that the view's fields do not name are absent. */
export interface Entry {
  id: string;
  presence?: Presence | null;
  contact?: Contact;
}

export interface Call {
  callId: string;
  state: "ringing" | "connected" | "ended";
  direction: "inbound" | "outbound";
  agentId: string;
  from: string;
  to: string;
  at: string;
  /** Who is at the far end, as GET /v1/lookup answers. */
  match: Record<string, unknown>;
}

/** How the presence of a directory is kept current. */
export interface PresenceSync {
  directoryId: string;
  /** ok: current; degraded: it may be old; revoked: it must be allowed again; removed: access was removed; off: nothing is asked any more. */
  state: "ok" | "degraded" | "revoked" | "removed" | "off";
  /** In plain words; empty when all is well. */
  detail: string;
}

export type Topic =
  | { kind: "contacts"; ids: string[] }
  | { kind: "directory"; directoryId: string }
  | { kind: "group"; groupId: string }
  | { kind: "search"; q: string; limit?: number; live?: boolean }
  | { kind: "agent"; agentId: string };

export type Fields = "presence" | "contact" | "both";

export interface Options {
  /** "https://ringdex.example/v1/stream", or "/v1/stream" of the page's own server. */
  url: string;
  /** A key with the scope stream, sent in the first message; a function is asked for each connection. */
  token?: string | (() => string | Promise<string>);
  /** In place of a token: asks for a ticket of POST /v1/stream/tickets for each connection; one for an agent opens that agent's stream. */
  ticket?: () => string | Promise<string>;
  backoff?: { base?: number; cap?: number; stable?: number; random?: () => number };
  WebSocket?: new (url: string, protocols?: string | string[]) => unknown;
}

/** A problem as RFC 9457 has it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  field?: string;
}

export class StreamError extends Error {
  /** A close code of the stream, or the status of a problem. */
  code: number;
  problem: Problem | null;
}

export interface Change {
  id: string;
  /** undefined for a member that is new. */
  before?: Entry;
  /** undefined for a member that is gone. */
  after?: Entry;
}

export class Backoff {
  constructor(options?: Options["backoff"]);
  /** Milliseconds to wait after a connection that lasted so many. */
  next(lasted?: number): number;
  reset(): void;
}

type State = "connecting" | "open" | "waiting" | "closed";

export class Stream extends EventTarget {
  constructor(options: Options);
  readonly state: State;
  readonly error: Error | null;
  /** By directoryId, of directories that have a source; known once there is a view. */
  readonly sync: ReadonlyMap<string, PresenceSync>;
  watch(topic: Topic, options?: { fields?: Fields }): View;
  /** Says how the agent is, also after a loss; null takes it back. Needs a ticket for an agent. Rejects with a StreamError if the server refuses. */
  setPresence(presence: OwnPresence | null): Promise<void>;
  close(): void;
  addEventListener(type: "state", listener: (event: CustomEvent<{ state: State; error: Error | null; retryIn: number }>) => void): void;
  addEventListener(type: "sync", listener: (event: CustomEvent<PresenceSync>) => void): void;
  addEventListener(type: "message", listener: (event: CustomEvent<Record<string, unknown>>) => void): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
}

export class View extends EventTarget implements Iterable<Entry> {
  readonly sub: string;
  readonly topic: Topic;
  readonly fields: Fields;
  /** "epoch:offset"; empty until the view is complete. */
  readonly position: string;
  /** It was complete once. */
  readonly synced: boolean;
  /** What it shows may be old: there is no connection. */
  readonly stale: boolean;
  /** An agent's calls that live, by callId. */
  readonly calls: Map<string, Call>;
  readonly error: Error | null;
  readonly size: number;
  get(id: string): Entry | undefined;
  has(id: string): boolean;
  keys(): IterableIterator<string>;
  values(): IterableIterator<Entry>;
  [Symbol.iterator](): IterableIterator<Entry>;
  update(ids: { add?: string[]; remove?: string[] }): void;
  close(): void;
  addEventListener(type: "change", listener: (event: CustomEvent<{ changes: Change[]; initial: boolean }>) => void): void;
  addEventListener(type: "synced", listener: (event: CustomEvent<null>) => void): void;
  addEventListener(type: "call", listener: (event: CustomEvent<Call>) => void): void;
  addEventListener(type: "refused", listener: (event: CustomEvent<Problem>) => void): void;
  addEventListener(type: "end", listener: (event: CustomEvent<{ error: Error | null }>) => void): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
}

export function connect(options: Options): Stream;
