// The cases of TestClientInABrowser. The test serves this page, does what it is
// asked for on the server's side, and takes the reports.

const config = await ask("config");
const { connect, Backoff } = await import(`${config.module}`);

async function ask(what, body = {}) {
  const answer = await fetch(`/do/${what}`, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${what}: ${await answer.text()}`);
  return answer.json();
}

/** Resolves when ok() holds, which is looked at after every message. */
function until(stream, what, ok) {
  return new Promise((resolve, reject) => {
    const end = setTimeout(() => reject(new Error(`did not happen: ${what}`)), 20_000);
    const look = () => {
      if (!ok()) return;
      clearTimeout(end);
      resolve();
    };
    stream.addEventListener("message", look);
    stream.addEventListener("state", look);
    look();
  });
}

function same(got, want, what) {
  const [a, b] = [got, want].map((x) => JSON.stringify(x));
  if (a !== b) throw new Error(`${what}: got ${a}, want ${b}`);
}

let heard = []; // every message of a case

function open(options = {}) {
  const stream = connect({ url: config.url, token: config.key, backoff: { base: 50, cap: 200 }, ...options });
  stream.addEventListener("message", (e) => e.detail.type && heard.push(e.detail));
  return stream;
}

/** A view as the truth is told: by id, presence and contact. */
const shown = (view) => Object.fromEntries([...view].sort((a, b) => (a.id < b.id ? -1 : 1)).map((e) => [e.id, [e.presence ?? null, e.contact ?? null]]));

async function sees(stream, view, what) {
  let truth = await ask("truth");
  const asking = setInterval(async () => {
    truth = await ask("truth");
    stream.dispatchEvent(new CustomEvent("message", { detail: {} }));
  }, 100);
  try {
    await until(stream, what, () => view.synced && !view.stale && JSON.stringify(shown(view)) === JSON.stringify(truth));
  } catch (error) {
    const got = shown(view);
    const wrong = [...new Set([...Object.keys(got), ...Object.keys(truth)])].filter((id) => JSON.stringify(got[id]) !== JSON.stringify(truth[id]));
    throw new Error(`${error.message}: ${stream.state}, synced ${view.synced}, stale ${view.stale}, at ${view.position}, wrong: ` + wrong.map((id) => `${id} shows ${JSON.stringify(got[id])}, truth is ${JSON.stringify(truth[id])}`).join("; "));
  } finally {
    clearInterval(asking);
  }
}

const directory = { kind: "directory", directoryId: config.directory };
const both = { fields: "both" };

const cases = {
  async "a view fills and follows"() {
    const stream = open();
    const view = stream.watch(directory, both);
    await sees(stream, view, "the first state");
    const told = [];
    view.addEventListener("change", (e) => told.push(...e.detail.changes.map((c) => [c.id, c.before.presence?.availability, c.after.presence?.availability])));
    await ask("presence", { id: config.people[0], availability: "busy" });
    await sees(stream, view, "the change");
    same(told, [[config.people[0], undefined, "busy"]], "changes");
    stream.close();
    same([stream.state, view.stale], ["closed", true], "after close");
  },

  async "what happened while away is told, and nothing else"() {
    const stream = open();
    const view = stream.watch(directory, both);
    await sees(stream, view, "the first state");
    await ask("cut", { down: true });
    await until(stream, "the loss", () => stream.state === "waiting");
    same(view.stale, true, "stale while away");
    await ask("presence", { id: config.people[0], availability: "away" });
    await ask("add", { name: "Sample Late" });
    const told = [];
    stream.addEventListener("message", (e) => told.push(e.detail));
    await ask("up");
    await sees(stream, view, "what changed");
    same(told.filter((m) => m.type === "snapshot").length, 0, "snapshots after a resume");
    stream.close();
  },

  async "a restart of the server changes nothing where nothing changed"() {
    const stream = open();
    const view = stream.watch(directory, { fields: "contact" });
    await until(stream, "the first state", () => view.synced);
    const before = [...view.keys()].sort();
    let changes = 0;
    view.addEventListener("change", () => changes++);
    const position = view.position;
    await ask("restart");
    await until(stream, "another epoch", () => view.position !== "" && view.position.split(":")[0] !== position.split(":")[0]);
    same([[...view.keys()].sort(), changes], [before, 0], "people and changes");
    stream.close();
  },

  async "the ids of a view can change, also while away"() {
    const stream = open();
    const [a, b] = config.people;
    const view = stream.watch({ kind: "contacts", ids: [a] });
    await until(stream, "the first state", () => view.synced && view.size === 1);
    view.update({ add: [b], remove: [a] });
    await until(stream, "the other id", () => view.has(b) && !view.has(a) && view.position !== "");
    await ask("cut", { down: true });
    await until(stream, "the loss", () => stream.state === "waiting");
    view.update({ add: [a] });
    await ask("up");
    await until(stream, "both ids", () => view.size === 2 && !view.stale);
    let refused = null;
    view.addEventListener("refused", (e) => (refused = e.detail));
    view.update({ add: Array.from({ length: 900 }, (_, i) => `x${i}`) });
    view.update({ add: Array.from({ length: 900 }, (_, i) => `y${i}`) });
    await until(stream, "the refusal", () => refused !== null);
    same([refused.status, view.topic.ids.length], [413, 902], "refusal and ids");
    stream.close();
  },

  async "a live search follows who matches"() {
    const stream = open();
    const view = stream.watch({ kind: "search", q: "newcomer", live: true }, both);
    await until(stream, "nobody", () => view.synced && view.size === 0);
    await ask("add", { name: "Sample Newcomer" });
    await until(stream, "the newcomer", () => view.size === 1);
    stream.close();
  },

  async "a ringing call is still there after a loss"() {
    const stream = open();
    const view = stream.watch({ kind: "agent", agentId: "a1" });
    await until(stream, "the first state", () => view.synced);
    await ask("call", { callId: "c1", state: "ringing" });
    await until(stream, "the call", () => view.calls.has("c1"));
    await ask("cut");
    await until(stream, "the loss", () => view.stale);
    await until(stream, "the return", () => !view.stale);
    same(view.calls.get("c1").state, "ringing", "the call");
    await ask("call", { callId: "c1", state: "ended" });
    await until(stream, "its end", () => view.calls.size === 0);
    stream.close();
  },

  async "how presence is kept current is known, also after a loss"() {
    await ask("sync", { id: config.directory, state: "ok" });
    const stream = open();
    const told = [];
    stream.addEventListener("sync", (e) => told.push(e.detail.state));
    stream.watch(directory);
    const knows = (state) => until(stream, state, () => stream.sync.get(config.directory)?.state === state);
    await knows("ok");
    await ask("sync", { id: config.directory, state: "degraded" });
    await knows("degraded");
    await ask("cut", { down: true });
    await until(stream, "the loss", () => stream.state === "waiting");
    await ask("sync", { id: config.directory, state: "revoked" });
    await ask("up");
    await knows("revoked");
    await ask("sync", { id: config.directory, state: "off" });
    await until(stream, "the end", () => stream.sync.size === 0);
    same(told, ["ok", "degraded", "revoked", "off"], "told");
    stream.close();
  },

  async "an agent's own presence lasts as long as its stream"() {
    const [me] = config.people;
    const stream = open({ token: undefined, ticket: async () => (await ask("ticket", { id: me })).ticket });
    const view = stream.watch({ kind: "contacts", ids: [me] });
    const shows = (word) => until(stream, word, () => view.get(me)?.presence?.availability === word && view.get(me).presence.source === "agent");
    await stream.setPresence({ availability: "doNotDisturb", activity: "presenting", statusMessage: "later", expiresIn: 3600 });
    await shows("doNotDisturb");
    let refused = null;
    await stream.setPresence({ availability: "levitating" }).catch((e) => (refused = e));
    same([refused?.code, refused?.problem.field], [400, "availability"], "the refusal");
    const epoch = view.position.split(":")[0];
    await ask("restart"); // nobody but the page knows what it was
    await until(stream, "another epoch", () => view.position !== "" && view.position.split(":")[0] !== epoch);
    await shows("doNotDisturb");
    await stream.setPresence({ availability: "away" });
    await shows("away");
    await stream.setPresence(null);
    await until(stream, "the end of it", () => view.get(me).presence?.source !== "agent");
    stream.close();
    await stream.setPresence({ availability: "busy" }).then(() => { throw new Error("said after the end"); }, () => {});
    const program = open();
    await program.setPresence({ availability: "busy" }).catch((e) => (refused = e));
    same(refused.code, 403, "a program's presence");
    program.close();
  },

  async "a refused view ends alone"() {
    const stream = open();
    const bad = stream.watch({ kind: "group", groupId: "" });
    const good = stream.watch(directory);
    await until(stream, "the refusal", () => bad.error !== null);
    await until(stream, "the other view", () => good.synced);
    same([bad.error.code, bad.error.problem.field, stream.state], [400, "topic.groupId", "open"], "refusal");
    stream.close();
  },

  async "a ticket opens a stream"() {
    const stream = open({ token: undefined, ticket: async () => (await ask("ticket")).ticket });
    const view = stream.watch(directory, both);
    await sees(stream, view, "the first state");
    await ask("cut");
    await until(stream, "the loss", () => view.stale);
    await sees(stream, view, "the state after another ticket");
    stream.close();
  },

  async "a revoked key is asked for once more, then the stream ends"() {
    const { key } = await ask("key");
    let asked = 0;
    const stream = open({ token: () => (asked++, key) });
    const view = stream.watch(directory);
    await until(stream, "the first state", () => view.synced);
    await ask("revoke", { key });
    await until(stream, "the end", () => stream.state === "closed");
    same([asked, stream.error.code, view.error.code, view.stale], [2, 4401, 4401, true], "the end");
  },

  async "views converge on the truth, whatever happens"() {
    const streams = [open(), open(), open()];
    const views = streams.map((s) => s.watch(directory, both));
    await ask("storm", { seconds: 4 });
    for (const [i, view] of views.entries()) await sees(streams[i], view, "the truth after the storm");
    streams.forEach((s) => s.close());
  },

  async "back-off is full jitter up to its cap, and starts again after stability"() {
    const most = new Backoff({ random: () => 1 });
    same([1, 2, 3, 4, 5, 6, 7, 8].map(() => most.next()), [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000], "ceilings");
    same([most.next(29_999), most.next(30_000)], [30000, 500], "after a connection that lasted");
    same(new Backoff({ random: () => 0 }).next(), 0, "the least");
  },
};

for (const [name, run] of Object.entries(cases)) {
  let error = "";
  try {
    await run();
  } catch (e) {
    error = String(e.stack ?? e);
  }
  await ask("messages", { messages: heard });
  heard = [];
  await ask("report", { name, error });
}
await ask("done");
