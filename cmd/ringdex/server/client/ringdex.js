// @ts-check
/// <reference types="./ringdex.d.ts" />
// @ts-self-types="./ringdex.d.ts"

/*
 * The live stream of Ringdex for pages and for Node: views of contacts, their
 * presence, and agents' calls, which keep themselves up to date.
 *
 *   import { connect } from "https://ringdex.example/client/ringdex.js";
 *
 *   const stream = connect({ url: "https://ringdex.example/v1/stream", token: askMyBackend });
 *   const colleagues = stream.watch({ kind: "group", groupId }, { fields: "both" });
 *   colleagues.addEventListener("change", () => render([...colleagues.values()], colleagues.stale));
 *
 * A lost connection is made again by itself, after a random time that grows,
 * and each view asks for what changed since the position it has reached: what
 * is still true is never missed, and what was true in between may be. While
 * there is no connection a view keeps what it knows and is `stale`. Whether the
 * presence of a directory is current at all, `stream.sync` knows and the event
 * "sync" tells.
 */

const SUBPROTOCOL = "contacts.v1.json";

/** Close codes after which connecting again cannot help. */
const FINAL = new Set([1000, 1002, 1003, 1007, 1009, 4400, 4403, 4406, 4409]);
const UNAUTHENTICATED = 4401;
const TOO_MANY = 4429;

/** How long a server that has greeted may say nothing, beyond two heartbeats. */
const GRACE_MS = 10_000;
const HELLO_MS = 15_000;

/** Opens a stream and returns it at once. */
export function connect(options) {
  return new Stream(options);
}

/**
 * How long to wait before connecting again: a random time between nothing and
 * `base` doubled with each attempt, up to `cap`. Full jitter keeps the pages of
 * a server that restarted from returning all at once.
 */
export class Backoff {
  constructor({ base = 500, cap = 30_000, stable = 30_000, random = Math.random } = {}) {
    this.base = base;
    this.cap = cap;
    this.stable = stable; // a connection that lasted this long was a success
    this.random = random;
    this.attempts = 0;
  }

  /** The wait after a connection that lasted `lasted` milliseconds. */
  next(lasted = 0) {
    if (lasted >= this.stable) this.attempts = 0;
    const ceiling = Math.min(this.cap, this.base * 2 ** Math.min(this.attempts++, 20));
    return this.random() * ceiling;
  }

  reset() {
    this.attempts = 0;
  }
}

/** One stream with its views, over as many connections as that takes. */
export class Stream extends EventTarget {
  #options;
  #backoff;
  #views = new Map(); // by sub
  #socket = null;
  #greeted = false;
  #opened = 0; // when the connection was greeted
  #command = 0;
  #names = 0;
  #timer = 0; // of the next attempt
  #silence = 0;
  #heartbeat = 25_000;
  #afterMs = -1; // what the server wished for; -1: nothing
  #denied = false; // the last token was refused
  #said = null; // how the agent is by its own word: { presence, until }
  #taken = null; // what of that the server took in last
  #saying = new Map(); // what was said and not answered, by command id: { word, waiting }
  #waiting = []; // who waits until it can be said
  #online = () => this.#hurry();

  constructor(options) {
    super();
    const { url, WebSocket = globalThis.WebSocket, backoff } = options;
    if (!WebSocket) throw new TypeError("there is no WebSocket here; pass one as an option");
    this.#options = { ...options, WebSocket, url: socketURL(url) };
    this.#backoff = new Backoff(backoff);
    this.state = "connecting";
    this.error = null;
    this.sync = new Map(); // how the presence of each directory is kept current, by directoryId
    globalThis.addEventListener?.("online", this.#online);
    this.#open();
  }

  /** Begins a view of a topic. It fills when the server has answered. */
  watch(topic, { fields = "presence" } = {}) {
    const sub = `v${++this.#names}`;
    const view = new View(sub, topic, fields, this.#link);
    this.#views.set(sub, view);
    if (this.state === "closed") view._end(this.error);
    else if (this.#greeted) this.#subscribe(view);
    return view;
  }

  /**
   * Says how the agent is: { availability, activity, statusMessage, expiresIn },
   * or null to take that back. It is said again on each new connection, until
   * it expires. The promise ends when the server has taken it in, or with the
   * error if it refuses. The stream must be one that a ticket for an agent opens.
   */
  setPresence(presence) {
    const { promise, ...waiting } = withResolvers();
    const until = presence?.expiresIn ? Date.now() + presence.expiresIn * 1000 : 0;
    this.#said = presence && { presence, until };
    if (this.state === "closed") waiting.reject(this.error ?? new StreamError(1000, "the stream is closed"));
    else if (this.#greeted) this.#say([waiting]);
    else if (!presence) waiting.resolve(); // what was said before ended with its connection
    else this.#waiting.push(waiting);
    return promise;
  }

  #say(waiting) {
    const word = this.#said;
    const left = word?.until ? { expiresIn: Math.max(1, Math.round((word.until - Date.now()) / 1000)) } : {};
    const id = this.#send({ type: "presence.set", availability: null, ...word?.presence, ...left });
    this.#saying.set(id, { word, waiting });
  }

  /** Says again what was said, on a new connection. */
  #sayAgain() {
    if (this.#said?.until && this.#said.until <= Date.now()) this.#said = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (this.#said) this.#say(waiting);
    else for (const one of waiting) one.resolve();
  }

  /** Takes in the answer to what was said. What was refused is not said again. */
  #answered({ type, id, error }) {
    const saying = this.#saying.get(id);
    if (!saying) return;
    this.#saying.delete(id);
    if (type === "ack") this.#taken = saying.word;
    else if (this.#said === saying.word) this.#said = this.#taken;
    for (const one of saying.waiting) {
      if (type === "ack") one.resolve();
      else one.reject(new StreamError(error.status, error.detail, error));
    }
  }

  /** Ends the stream for good. */
  close() {
    this.#end(null);
  }

  // What views ask of their stream.
  #link = {
    update: (view, add, remove) => {
      if (!this.#greeted) return 0; // the next subscription has the new ids
      return this.#send({ type: "update", sub: view.sub, add, remove });
    },
    close: (view) => {
      if (this.#views.delete(view.sub) && this.#greeted) this.#send({ type: "unsubscribe", sub: view.sub });
    },
  };

  async #open() {
    this.#set("connecting");
    let token, ticket;
    try {
      token = await value(this.#options.token);
      ticket = await value(this.#options.ticket);
    } catch (error) {
      this.#lost(0, "no token", error);
      return;
    }
    if (this.state === "closed") return;
    const url = new URL(this.#options.url);
    if (ticket) url.searchParams.set("ticket", ticket);
    const socket = new this.#options.WebSocket(url.href, SUBPROTOCOL);
    this.#socket = socket;
    this.#afterMs = -1;
    const mine = (handle) => (event) => {
      if (socket === this.#socket) handle(event);
    };
    socket.onopen = mine(() => {
      if (!ticket) this.#send({ type: "connect", token });
    });
    socket.onmessage = mine((event) => this.#receive(JSON.parse(event.data)));
    socket.onclose = mine((event) => this.#lost(event.code, event.reason));
    this.#listen(HELLO_MS);
  }

  /** Gives the connection up if the server says nothing for so long. */
  #listen(ms) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(4408, "the server says nothing"), ms);
    this.#silence.unref?.();
  }

  #send(command) {
    const id = ++this.#command;
    this.#socket.send(JSON.stringify({ ...command, id }));
    return id;
  }

  #subscribe(view) {
    const since = view.position || undefined;
    view._asked(this.#send({ type: "subscribe", sub: view.sub, topic: view.topic, fields: view.fields, since }));
  }

  #receive(message) {
    this.#listen(2 * this.#heartbeat + GRACE_MS);
    switch (message.type) {
      case "hello":
        this.#heartbeat = message.heartbeatMs;
        this.#greeted = true;
        this.#denied = false;
        this.#opened = Date.now();
        this.sync.clear(); // the server tells of each once there is a view
        this.#set("open");
        for (const view of this.#views.values()) this.#subscribe(view);
        this.#sayAgain();
        break;
      case "ack":
      case "error":
        this.#answered(message);
        break;
      case "ping":
        this.#socket.send('{"type":"pong"}');
        break;
      case "reconnect":
        this.#afterMs = message.afterMs;
        break;
      case "presence.sync":
        this.#synced(message);
        break;
      case "token.expiring":
        this.#refresh();
        break;
    }
    const view = this.#views.get(message.sub);
    if (view && !view._apply(message)) this.#views.delete(message.sub);
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  /** Notes how the presence of a directory is kept current. */
  #synced({ directoryId, state, detail }) {
    if (state === "off") this.sync.delete(directoryId);
    else this.sync.set(directoryId, { directoryId, state, detail });
    this.dispatchEvent(new CustomEvent("sync", { detail: { directoryId, state, detail } }));
  }

  /** Shows another token before the one of the connection ends. */
  async #refresh() {
    const socket = this.#socket;
    if (typeof this.#options.token !== "function") return;
    try {
      const token = await this.#options.token();
      if (token && socket === this.#socket) this.#send({ type: "refresh", token });
    } catch {
      // The connection ends with the token, and the next one asks again.
    }
  }

  /** Decides what follows the end of a connection. */
  #lost(code, reason, error = null) {
    const lasted = this.#greeted ? Date.now() - this.#opened : 0;
    this.#drop();
    const lost = error ?? new StreamError(code, reason);
    if (FINAL.has(code) || (code === UNAUTHENTICATED && !this.#mayAskAgain())) {
      this.#end(lost);
      return;
    }
    let wait = this.#backoff.next(lasted);
    if (code === TOO_MANY) wait += 30_000;
    if (this.#afterMs >= 0) wait = this.#afterMs;
    for (const view of this.#views.values()) view._lost();
    for (const { waiting } of this.#saying.values()) this.#waiting.push(...waiting);
    this.#saying.clear();
    this.#taken = null;
    this.#timer = setTimeout(() => this.#open(), wait);
    this.#set("waiting", lost, wait);
  }

  /** After a refusal another token is asked for, once. */
  #mayAskAgain() {
    const first = !this.#denied;
    this.#denied = true;
    return first && typeof (this.#options.token ?? this.#options.ticket) === "function";
  }

  /** Connects now: the network is back. */
  #hurry() {
    this.#backoff.reset();
    if (this.state !== "waiting") return;
    clearTimeout(this.#timer);
    this.#open();
  }

  #drop(code = 1000) {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    this.#greeted = false;
    try {
      socket?.close(code);
    } catch {
      // It is closed already.
    }
  }

  #end(error) {
    if (this.state === "closed") return;
    clearTimeout(this.#timer);
    this.#drop();
    globalThis.removeEventListener?.("online", this.#online);
    this.#set("closed", error);
    for (const view of this.#views.values()) view._end(error);
    this.#views.clear();
    for (const { waiting } of this.#saying.values()) this.#waiting.push(...waiting);
    for (const one of this.#waiting) one.reject(error ?? new StreamError(1000, "the stream is closed"));
    this.#saying.clear();
  }

  #set(state, error = null, retryIn = 0) {
    if (this.state === "closed") return;
    this.state = state;
    this.error = error;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, error, retryIn } }));
  }
}

/**
 * What a subscription knows: the present value of each member, by id. A
 * snapshot replaces the view, but not at once: a server that restarted and
 * sends everything again causes no change where nothing changed.
 */
export class View extends EventTarget {
  #members = new Map(); // id to { entry, reset }
  #link;
  #reset = 0; // counts resets; a member of an older one is due to be removed
  #partial = false; // a snapshot is under way
  #command = 0; // id of the subscribe command
  #updates = new Map(); // updates without an answer, by command id
  #awaiting = false; // the news of ids that were added have not come

  constructor(sub, topic, fields, link) {
    super();
    this.sub = sub;
    this.topic = topic;
    this.fields = fields;
    this.position = ""; // "epoch:offset" once the view is complete
    this.synced = false; // it was complete once
    this.stale = true; // what it shows may be old
    this.calls = new Map(); // an agent's calls that live, by callId
    this.error = null;
    this.#link = link;
  }

  get size() {
    return this.#members.size;
  }

  get(id) {
    return this.#members.get(id)?.entry;
  }

  has(id) {
    return this.#members.has(id);
  }

  keys() {
    return this.#members.keys();
  }

  *values() {
    for (const { entry } of this.#members.values()) yield entry;
  }

  [Symbol.iterator]() {
    return this.values();
  }

  /** Changes the ids of a view of contacts: what scrolled into and out of sight. */
  update({ add = [], remove = [] }) {
    if (this.topic.kind !== "contacts") throw new TypeError("only views of contacts by id can be updated");
    const command = this.#link.update(this, add, remove);
    if (command > 0) this.#updates.set(command, { add, remove });
    else this.#take({ add, remove });
  }

  #take({ add, remove }) {
    const ids = new Set(this.topic.ids);
    for (const id of remove) ids.delete(id);
    for (const id of add) ids.add(id);
    this.topic = { ...this.topic, ids: [...ids] };
    if (add.length > 0) {
      // Whoever comes back before the news of the new ids must ask for everything.
      this.#awaiting = true;
      this.position = "";
    }
    this.#tell(remove.flatMap((id) => this.#remove(id)));
  }

  /** Ends the view. */
  close() {
    this.#link.close(this);
    this._end(null);
  }

  // The methods below belong to the stream.

  _asked(command) {
    this.#command = command;
    this.#awaiting = false;
  }

  _lost() {
    this.#partial = false;
    this.stale = true;
    for (const update of this.#updates.values()) this.#take(update);
    this.#updates.clear();
  }

  _end(error) {
    this.stale = true;
    this.error = error;
    this.dispatchEvent(new CustomEvent("end", { detail: { error } }));
  }

  /** Takes a message in. It returns false when the server refused the view. */
  _apply(message) {
    switch (message.type) {
      case "error":
        if (message.id && message.id !== this.#command) {
          this.#updates.delete(message.id);
          this.dispatchEvent(new CustomEvent("refused", { detail: message.error }));
          return true;
        }
        this._end(new StreamError(message.error.status, message.error.detail, message.error));
        return false;
      case "ack":
        if (this.#updates.has(message.id)) this.#take(this.#updates.get(message.id));
        this.#updates.delete(message.id);
        return true;
      case "snapshot":
        this.#snapshot(message);
        return true;
      case "changes":
        this.#moveTo(message.position, true);
        this.#tell([...(message.data ?? []).flatMap((e) => this.#merge(e)), ...(message.removed ?? []).flatMap((id) => this.#remove(id))]);
        return true;
      case "contacts":
        this.#contacts(message);
        return true;
      case "call":
        this.#call(message);
        return true;
    }
    return true;
  }

  #snapshot(message) {
    const initial = !this.synced;
    if (message.reset || !this.#partial) {
      this.#reset++;
      this.#partial = true;
      this.position = "";
      this.calls.clear();
    }
    const changes = (message.data ?? []).flatMap((e) => this.#put(e));
    if (!message.more) {
      for (const [id, member] of [...this.#members]) {
        if (member.reset !== this.#reset) changes.push(...this.#remove(id));
      }
      this.#partial = false;
      this.#moveTo(message.position, false);
    }
    this.#tell(changes, initial);
  }

  #contacts(message) {
    const cards = [...(message.created ?? []), ...(message.updated ?? [])];
    const changes = cards.flatMap((contact) => this.#merge({ id: contact.id, contact }));
    this.#moveTo(message.position, true);
    this.#tell([...changes, ...(message.deleted ?? []).flatMap((id) => this.#remove(id))]);
  }

  #call(message) {
    if (message.state === "ended") this.calls.delete(message.callId);
    else this.calls.set(message.callId, message);
    this.#moveTo(message.position, false);
    this.dispatchEvent(new CustomEvent("call", { detail: message }));
  }

  /** Notes the position of an applied message, unless the view is not complete. */
  #moveTo(position, news) {
    if (!position || this.#partial) return;
    if (news) this.#awaiting = false;
    if (!this.#awaiting) this.position = position;
    const first = !this.synced;
    this.synced = true;
    if (this.stale || first) {
      this.stale = false;
      this.dispatchEvent(new CustomEvent("synced"));
    }
  }

  #merge(entry) {
    return this.#put({ ...this.get(entry.id), ...entry });
  }

  #put(entry) {
    const known = this.#members.get(entry.id);
    this.#members.set(entry.id, { entry, reset: this.#reset });
    if (known && JSON.stringify(known.entry) === JSON.stringify(entry)) return [];
    return [{ id: entry.id, before: known?.entry, after: entry }];
  }

  #remove(id) {
    const known = this.#members.get(id);
    return this.#members.delete(id) ? [{ id, before: known.entry, after: undefined }] : [];
  }

  #tell(changes, initial = false) {
    if (changes.length > 0) this.dispatchEvent(new CustomEvent("change", { detail: { changes, initial } }));
  }
}

/** Why a stream or a view ended. */
export class StreamError extends Error {
  constructor(code, reason, problem = null) {
    super(reason || `the stream was closed with code ${code}`);
    this.name = "StreamError";
    this.code = code; // close code, or the status of a problem
    this.problem = problem;
  }
}

/** A promise with what settles it. Nobody needs to look at it. */
function withResolvers() {
  let resolve, reject;
  const promise = new Promise((...both) => ([resolve, reject] = both));
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** The value of an option that may be a function of it. */
async function value(option) {
  return typeof option === "function" ? option() : option;
}

/** The address of a WebSocket, from one of HTTP or a path of the page's own server. */
function socketURL(url) {
  const absolute = new URL(url, globalThis.location?.href);
  absolute.protocol = absolute.protocol.replace("http", "ws");
  return absolute.href;
}
