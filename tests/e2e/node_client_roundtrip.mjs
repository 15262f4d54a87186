// A whole round trip with Mem0's own Node client, whichever version is installed: did each call really do it?
//
//     node node_client_roundtrip.mjs URL API_KEY [--reset]
//
// It works on users of its own and cleans up behind itself; with --reset it also tries deleteUsers() of everybody, which
// deletes EVERYTHING in the key's project. It prints an "ok" line for each step and ends with 1 and one line at the first
// thing that is wrong.

import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Before mem0ai is imported: no telemetry, and nothing of it in the real home.
process.env.MEM0_TELEMETRY = "false";
process.env.HOME = process.env.MEM0_DIR = mkdtempSync(join(tmpdir(), "mem0-"));
const { MemoryClient } = await import("mem0ai");

const here = dirname(fileURLToPath(import.meta.url));
const VERSION = JSON.parse(readFileSync(join(here, "node_modules/mem0ai/package.json"))).version;
const MODERN = Number(VERSION.split(".")[0]) >= 3;

class Wrong extends Error {}

function check(holds, message, seen) {
  if (!holds) throw new Wrong(seen === undefined ? message : `${message}: ${JSON.stringify(seen)}`);
}

const rows = (answer) => (Array.isArray(answer) ? answer : answer.results);
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// From 3.0 on the client speaks camelCase on this side; before it, the wire's snake_case on both.
const snake = (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const spelt = (options) =>
  MODERN ? options : Object.fromEntries(Object.entries(options).map(([key, value]) => [snake(key), value]));
const field = (row, name) => row[MODERN ? name : snake(name)];

class RoundTrip {
  constructor(url, apiKey) {
    this.url = url;
    this.apiKey = apiKey;
    this.client = new MemoryClient({ apiKey, host: url });
    const mark = randomUUID().slice(0, 8);
    this.user = `ada-${mark}`;
    this.other = `bob-${mark}`;
    this.agent = `bot-${mark}`;
    this.run = `run-${mark}`;
  }

  // --- the same call in the words of each version ---

  async list(filters, options = {}) {
    return this.client.getAll({ filters, ...spelt(options), ...(MODERN ? {} : { api_version: "v2" }) });
  }

  async all(user) {
    return rows(await (MODERN ? this.list({ user_id: user }) : this.client.getAll({ user_id: user })));
  }

  async find(query, user, options = {}) {
    const whose = MODERN ? { filters: { user_id: user } } : { user_id: user };
    return rows(await this.client.search(query, { ...whose, ...spelt(options) }));
  }

  async addVerbatim(texts, options) {
    const messages = texts.map((content) => ({ role: "user", content }));
    const added = rows(await this.client.add(messages, { infer: false, ...spelt(options) }));
    check(texts.every((text, at) => added[at].data.memory === text), "add(infer: false) must answer each text", added);
    return added.map((one) => one.id);
  }

  async texts(user) {
    return (await this.all(user)).map((one) => one.memory).sort();
  }

  async untilNone(user) {
    for (let tries = 0; tries < 100; tries++) {
      if ((await this.all(user)).length === 0) return true;
      await sleep(100);
    }
    return false;
  }

  async refused(call, message) {
    let answer;
    try {
      answer = await call();
    } catch (error) {
      check(error.message.trim(), `${message}, with a reason`);
      return;
    }
    throw new Wrong(`${message}: ${JSON.stringify(answer)}`);
  }

  async eventWhenDone(eventId) {
    for (let tries = 0; tries < 300; tries++) {
      const headers = { Authorization: `Token ${this.apiKey}` };
      const answer = await fetch(`${this.url}/v1/event/${eventId}/`, { headers });
      const event = await answer.json();
      check(answer.ok, "the event must be readable", event);
      if (!["PENDING", "RUNNING"].includes(event.status)) return event;
      await sleep(100);
    }
    throw new Wrong(`event ${eventId} is not done after 30 s`);
  }

  // --- the steps ---

  async connects() {
    await this.client.ping();
    check(this.client.organizationId && this.client.projectId, "the ping must name organization and project");
  }

  async addIsConsolidated() {
    const said = [
      { role: "user", content: "Hello! I live in Lisbon and I am allergic to peanuts." },
      { role: "assistant", content: "Noted. What else?" },
      { role: "user", content: "My dog is called Biscuit." },
    ];
    const answer = await this.client.add(said, spelt({ userId: this.user, metadata: { source_name: "chat" } }));
    const event = Array.isArray(answer) || answer.results ? rows(answer)[0] : answer;
    check(event.status === "PENDING", "add() must be accepted as PENDING", answer);
    const done = await this.eventWhenDone(field(event, "eventId"));
    check(done.status === "SUCCEEDED", "the event must succeed", done);
    const found = (await this.texts(this.user)).join(" ");
    check(found.includes("Lisbon") && found.includes("Biscuit"), "what was said must be remembered", found);
    check(!found.includes("What else"), "a question must not be remembered", found);
  }

  async searchFindsIt() {
    const hits = await this.find("What is my dog's name?", this.user, { topK: 5 });
    check(hits[0]?.memory.includes("Biscuit"), "the best hit must be the dog", hits);
    check(hits.every((one) => one.score >= 0 && one.score <= 1), "scores must lie between 0 and 1", hits);
    check(field(hits[0], "userId") === this.user && hits[0].metadata.source_name === "chat", "with its fields", hits[0]);
    check((await this.find("What is my dog's name?", this.other)).length === 0, "another user must not see it");
  }

  async verbatimIsKept() {
    const texts = ["Green tea first.", "¿Qué tal? 🍵"];
    this.ids = await this.addVerbatim(texts, { userId: this.other, agentId: this.agent, runId: this.run });
    check(JSON.stringify(await this.texts(this.other)) === JSON.stringify([...texts].sort()), "both must be kept as said");
    const one = await this.client.get(this.ids[0]);
    check(one.memory === "Green tea first." && field(one, "agentId") === this.agent, "get() must answer it", one);
    check([field(one, "runId"), field(one, "sessionId")].includes(this.run), "and its run", one);
  }

  async filtersAndPagesWork() {
    const notes = [0, 1, 2, 3, 4].map((n) => `Note number ${n}.`);
    await this.addVerbatim(notes, { userId: this.other, metadata: { kind: "note" } });
    const byKind = await this.list({ AND: [{ user_id: this.other }, { metadata: { kind: "note" } }] });
    check(rows(byKind).length === 5, "a metadata filter must find the five notes", byKind);
    // Mem0's own examples spell the keys of filters in camelCase, and the client sends them as they are.
    const camel = await this.list({ AND: [{ userId: this.other }, { NOT: { agentId: this.agent } }] });
    check(rows(camel).length === 5, "camelCase keys in filters must work", camel);
    const seen = new Set();
    for (const page of [1, 2, 3]) {
      const answer = await this.list({ user_id: this.other }, { page, pageSize: 3 });
      check(answer.count === 7, "the count must be that of all pages", answer);
      check(Boolean(answer.next) === page < 3 && Boolean(answer.previous) === page > 1, "links", answer);
      answer.results.forEach((one) => seen.add(one.id));
    }
    check(seen.size === 7, "pages must show each memory once", [...seen]);
  }

  async updateAndHistory() {
    await this.client.update(this.ids[0], { text: "Black tea first.", metadata: { strength_level: 3 } });
    const one = await this.client.get(this.ids[0]);
    check(one.memory === "Black tea first." && one.metadata.strength_level === 3, "update() must change it", one);
    const history = await this.client.history(this.ids[0]);
    check(history.map((entry) => entry.event).join() === "ADD,UPDATE", "history() must tell both changes", history);
    check(field(history[1], "oldMemory") === "Green tea first.", "with the old text", history);
    check(field(history[1], "newMemory") === "Black tea first.", "and the new one", history);
  }

  async batchesWork() {
    const ids = await this.addVerbatim(["One.", "Two.", "Three."], { userId: this.user });
    const updated = await this.client.batchUpdate([{ memoryId: ids[0], text: "Uno." }, { memoryId: ids[1], text: "Dos." }]);
    check(updated.message.includes("2"), "batchUpdate() must say how many", updated);
    const texts = await this.texts(this.user);
    check(["Uno.", "Dos.", "Three."].every((text) => texts.includes(text)), "and change them", texts);
    const deleted = await this.client.batchDelete(ids);
    check(deleted.message.includes("3"), "batchDelete() must say how many", deleted);
    check(!(await this.texts(this.user)).includes("Uno."), "and delete them");
  }

  async deleteDeletes() {
    check((await this.client.delete(this.ids[1])).message, "delete() must answer a message");
    await this.refused(() => this.client.get(this.ids[1]), "a deleted memory must not be readable");
  }

  async errorsAreThrown() {
    await this.refused(() => this.client.get(randomUUID()), "an unknown memory must be refused");
    await this.refused(() => this.client.get("no-uuid"), "a wrong id must be refused");
    await this.refused(() => this.client.deleteAll(), "deleteAll() of nothing in particular must be refused");
    await this.refused(() => this.list({ colour: "red" }), "an unknown filter must be refused");
  }

  async usersAreListedAndDeleted() {
    const listed = (await this.client.users()).results;
    const mine = listed.find((one) => one.type === "user" && one.name === this.other);
    check(mine && field(mine, "totalMemories") === (await this.all(this.other)).length, "users() must list them", listed);
    check(listed.some((one) => one.type === "agent" && one.name === this.agent), "agents too", listed);
    await this.client.deleteUsers(spelt({ userId: this.other }));
    check(await this.untilNone(this.other), "deleteUsers() must delete the user's memories");
    check((await this.all(this.user)).length > 0, "and nobody else's");
  }

  async deleteAllDeletes() {
    await this.client.deleteAll(spelt({ userId: this.user }));
    check(await this.untilNone(this.user), "deleteAll() must delete all memories of the user");
  }

  async oddNamesWork() {
    // Up to 2.x the client put names into the path as they are.
    const odd = MODERN ? `team/ada ${this.run}` : `ada ${this.run}`;
    await this.addVerbatim(["I have a slash."], { userId: odd });
    check((await this.texts(odd)).join() === "I have a slash.", "an odd user id must work");
    await this.client.deleteUsers(spelt({ userId: odd }));
    check(await this.untilNone(odd), "and be deletable");
  }

  async feedbackIsKept() {
    const [id] = await this.addVerbatim(["I like short answers."], { userId: this.user });
    const feedback = { memory_id: id, feedback: "VERY_NEGATIVE", feedback_reason: "not so" };
    const answer = await this.client.feedback(feedback);
    check(answer.feedback === "VERY_NEGATIVE", "feedback() must answer what it keeps", answer);
    check((await this.client.get(id)).feedback === "VERY_NEGATIVE", "and the memory must say it");
  }

  async theProjectKeepsItsSettings() {
    const change = { [MODERN ? "customInstructions" : "custom_instructions"]: "Keep allergies." };
    await this.client.updateProject(change);
    const kept = await this.client.getProject({ fields: ["custom_instructions"] });
    check(Object.values(kept).join() === "Keep allergies.", "updateProject() must keep the settings", kept);
  }

  async resetEmptiesTheProject() {
    await this.addVerbatim(["Last words."], { userId: this.user });
    await this.client.deleteUsers();
    check(await this.untilNone(this.user), "deleteUsers() of nobody in particular must delete everything");
    check((await this.client.users()).results.length === 0, "and leave no users");
  }
}

const steps = [
  "connects",
  "addIsConsolidated",
  "searchFindsIt",
  "verbatimIsKept",
  "filtersAndPagesWork",
  "updateAndHistory",
  "batchesWork",
  "deleteDeletes",
  "errorsAreThrown",
  "usersAreListedAndDeleted",
  "deleteAllDeletes",
  "oddNamesWork",
  "feedbackIsKept",
  "theProjectKeepsItsSettings",
];

const [url, apiKey] = process.argv.slice(2).filter((one) => one !== "--reset");
if (!url || !apiKey) {
  console.error("usage: node node_client_roundtrip.mjs URL API_KEY [--reset]");
  process.exit(2);
}
if (process.argv.includes("--reset")) steps.push("resetEmptiesTheProject");
let step = "constructing";
try {
  const trip = new RoundTrip(url, apiKey);
  for (step of steps) {
    await trip[step]();
    console.log(`ok ${snake(step).replaceAll("_", " ")}`);
  }
} catch (error) {
  console.error(`mem0ai ${VERSION}: ${snake(step).replaceAll("_", " ")}: ${error.message}`);
  process.exit(1);
}
console.log(`mem0ai ${VERSION}: ${steps.length} steps ok`);
