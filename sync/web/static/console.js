// What the pages can do better with a script: none of it is needed to use them.
"use strict";

const root = document.documentElement;
root.classList.add("scripted");

// Theme: the system's, unless chosen otherwise in this browser.
const chosenTheme = () => { try { return localStorage.getItem("theme") || ""; } catch { return ""; } };
function setTheme(theme) {
  if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
}
setTheme(chosenTheme());

// Times in the reader's zone, UTC on hover.
const DAY = 86400000;
const ISO = "sv-SE"; // its dates are written as the registry's are, day and month in one order for everybody: 2026-09-03 08:00
const zoned = new Intl.DateTimeFormat(ISO, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
const clock = new Intl.DateTimeFormat(ISO, { hour: "2-digit", minute: "2-digit" });
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
function relative(then) {
  const past = then - Date.now();
  for (const [unit, size] of [["day", DAY], ["hour", DAY / 24], ["minute", 60000]]) if (Math.abs(past) >= size || unit === "minute") return ago.format(Math.round(past / size), unit);
  return "";
}
const inZone = (text) => text.replace(/(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:Z| UTC)/g, (all, day, time) => zoned.format(new Date(`${day}T${time}Z`)));
function tellTimes(within) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    const form = time.dataset.form;
    const far = Math.abs(at - Date.now()) > 30 * DAY;
    time.textContent = form === "ago" && !far ? relative(at) : form === "time" && Math.abs(at - Date.now()) < DAY ? clock.format(at) : form === "day" ? time.textContent : zoned.format(at);
    if (form === "ago") time.title = `${zoned.format(at)} (${at.toISOString().slice(0, 16).replace("T", " ")} UTC)`;
  }
}

// Forms and links marked data-boost replace the content of the page instead of loading it anew.
async function swap(address, options, push, from) {
  root.classList.add("busy");
  const was = current(), acted = from === "alerts" && was;
  const ids = alerts().map((each) => each.dataset.alert), place = alerts().indexOf(was);
  try {
    const answer = await fetch(address, { credentials: "same-origin", headers: { accept: "text/html" }, ...options });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = fresh.getElementById("main");
    if (!main) { location.assign(answer.url); return; }
    // A form that was refused stays as it is filled in, under the reason.
    if (!answer.ok && options.method === "POST") { announce(said(main), answer.status === 409); return; }
    const field = document.activeElement && document.activeElement.id;
    document.title = fresh.title;
    document.body.dataset.csrf = fresh.body.dataset.csrf || "";
    document.querySelector("header.top").replaceWith(fresh.querySelector("header.top"));
    document.getElementById("main").replaceWith(main);
    // What asks before it acts, in answer to a form, has no address to come back to.
    if (push && answer.ok && (answer.redirected || options.method !== "POST")) history[push === "replace" ? "replaceState" : "pushState"](null, "", answer.url);
    shown = location.pathname + location.search;
    prepare();
    const again = field && document.getElementById(field);
    (again || main.querySelector(".deed button") || main).focus({ preventScroll: true });
    if (acted) { goOn([...ids.slice(place + 1), ...ids.slice(0, place).reverse()]); return; }
    const part = document.getElementById(address.split("#")[1] || "");
    if (part) part.scrollIntoView();
    // a deed at the top of the page is worth seeing
    if (main.querySelector(".deed")) main.querySelector(".deed").scrollIntoView({ block: "nearest" });
  } catch {
    announce("The console does not answer. Nothing was done; try again.");
  } finally {
    root.classList.remove("busy");
  }
}
// After an action the next alert is the current one, whatever has moved up meanwhile.
function goOn(candidates) {
  const left = new Map(alerts().map((each) => [each.dataset.alert, each]));
  makeCurrent(left.get(candidates.find((id) => left.has(id))));
}
function said(page) {
  const detail = page.querySelector("[data-detail]");
  return detail ? detail.textContent : "The console refused this. Nothing was done.";
}
function announce(words, isOutdated) {
  for (const each of document.querySelectorAll(".deed.problem")) each.remove();
  const line = document.createElement("div");
  line.className = "deed problem";
  line.setAttribute("role", "alert");
  line.textContent = words;
  if (isOutdated) {
    const link = document.createElement("a");
    link.href = location.href;
    link.dataset.boost = "";
    link.textContent = "Load again";
    line.append(" ", link);
  }
  document.getElementById("main").prepend(line);
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-boost]")) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  const fields = new URLSearchParams([...data].filter(([, value]) => typeof value === "string"));
  const address = form.getAttribute("action"); // form.action would be a field of that name
  if (form.getAttribute("method") === "post") swap(address, { method: "POST", body: fields }, "replace", form.id);
  else { for (const [name, value] of [...fields]) if (!value) fields.delete(name); swap(`${address}?${fields}`, {}, "push"); }
});
// The list that an event was opened from: its page then leads on to the next one.
const LIST = "list";
const isEvent = (path) => /^\/events\/evt_/.test(path);
function rememberList(link) {
  if (isEvent(location.pathname) || !isEvent(link.pathname)) return;
  const paths = [...document.querySelectorAll('main a[href^="/events/evt_"]')].map((each) => each.pathname);
  try { sessionStorage.setItem(LIST, JSON.stringify({ back: location.pathname + location.search, paths: [...new Set(paths)] })); } catch { /* then without */ }
}
function showSiblings() {
  const nav = document.querySelector("[data-siblings]");
  let list = null;
  try { list = JSON.parse(sessionStorage.getItem(LIST) || "null"); } catch { /* then without */ }
  const place = nav && list ? list.paths.indexOf(location.pathname) : -1;
  if (place < 0) return;
  const part = (name) => nav.querySelector(`[data-sibling="${name}"]`);
  const leads = [["previous", "Previous", list.paths[place - 1]], ["next", "Next", list.paths[place + 1]], ["list", "Back to the list", list.back]];
  for (const [name, words, path] of leads) {
    part(name).textContent = words;
    if (path) part(name).href = path; else part(name).removeAttribute("href");
  }
  part("place").textContent = `${place + 1} of ${list.paths.length}`;
  nav.hidden = false;
}
function go(name) {
  const link = document.querySelector(`[data-sibling="${name}"][href]`);
  if (link) link.click();
}
document.addEventListener("click", (event) => {
  const opened = event.target.closest("a");
  if (opened) rememberList(opened);
  const link = event.target.closest("a[data-boost], .tabs a, .pager a");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && link.origin === location.origin) { event.preventDefault(); swap(link.href, {}, "push"); }
  const theme = event.target.closest("[data-theme-choice]");
  if (theme) { try { localStorage.setItem("theme", theme.dataset.themeChoice); } catch { /* it holds for this page */ } setTheme(theme.dataset.themeChoice); }
  if (event.target.closest("[data-help]")) document.getElementById("keys").showModal();
  const menu = document.querySelector(".me[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});
let shown = location.pathname + location.search;
addEventListener("popstate", () => { if (location.pathname + location.search !== shown) swap(location.href, {}, null); }); // else a jump within the page

// The inbox: one alert is the current one; the bar at the bottom is for those that are selected.
const alerts = () => [...document.querySelectorAll("[data-alert]")];
const current = () => document.querySelector("[data-alert].current");
function makeCurrent(alert) {
  const was = current();
  if (was) was.classList.remove("current");
  if (!alert) return;
  alert.classList.add("current");
  alert.querySelector("[data-open]").focus({ preventScroll: true });
  alert.scrollIntoView({ block: "nearest" });
}
function step(by) {
  const all = alerts();
  if (all.length) makeCurrent(all[Math.min(all.length - 1, Math.max(0, all.indexOf(current()) + by))]);
}
const boxes = () => [...document.querySelectorAll('input[name="event"]')];
const everyMatch = () => document.querySelector('input[name="all"]');
function countChosen() {
  const bar = document.querySelector(".bulk");
  if (!bar) return;
  const number = boxes().filter((box) => box.checked).length, match = everyMatch();
  bar.querySelector("[data-chosen]").textContent = match && match.checked ? `${match.parentElement.textContent.trim()}` : `${number} selected`;
  const all = document.querySelector("[data-all]");
  all.checked = number > 0 && number === boxes().length;
  all.indeterminate = number > 0 && !all.checked;
}
document.addEventListener("change", (event) => {
  const box = event.target, one = box.matches('input[name="event"]'), all = box.matches("[data-all]"), match = box === everyMatch();
  if (!one && !all && !match) return;
  if (!one) for (const each of boxes()) each.checked = box.checked;
  // Whoever takes one out does not mean all that match.
  if (!match && everyMatch() && !box.checked) everyMatch().checked = false;
  countChosen();
});
function act(key) {
  const chosen = boxes().some((box) => box.checked);
  const alert = current();
  if (!chosen && alert) { const box = alert.querySelector('input[name="event"]'); if (box) { box.checked = true; countChosen(); } }
  const button = document.querySelector(`[data-key="${key}"]`);
  if (button && (chosen || alert || !document.querySelector("[data-alert]"))) button.form.requestSubmit(button);
}
let goes = 0;
const PLACES = { i: "/", c: "/cohorts", e: "/events", w: "/watcher" };
const KEYS = {
  j: () => { if (alerts().length) step(1); else go("next"); },
  k: () => { if (alerts().length) step(-1); else go("previous"); },
  o: () => current() && current().querySelector("[data-open]").click(),
  x: () => { const box = current() && current().querySelector('input[name="event"]'); if (box) { box.checked = !box.checked; countChosen(); } },
  a: () => act("a"),
  s: () => act("s"),
  t: () => act("t"),
  m: () => { const box = current() && current().querySelector('input[name="event"]'); if (box) { box.checked = true; countChosen(); } const muting = document.querySelector("details.muting, .acts details"); if (muting) { muting.open = true; document.getElementById("reason").focus(); } },
  u: () => { const undo = document.querySelector('.deed [data-key="u"]'); if (undo) undo.form.requestSubmit(undo); },
  "/": () => (document.getElementById("q") || document.getElementById("find")).focus(),
  g: () => { goes = Date.now(); },
  "?": () => document.getElementById("keys").showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("input, select, textarea")) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea, dialog[open]")) return;
  if (Date.now() - goes < 1500 && PLACES[event.key]) { event.preventDefault(); location.assign(PLACES[event.key]); return; }
  const does = KEYS[event.key];
  if (does) { event.preventDefault(); does(); }
});

// Alive: the line at the top follows the watcher, and says when there is news.
// Word, colour, sentence and next poll change together: one of them alone would contradict the others.
function showPulse(line, pulse) {
  line.className = `pulse ${pulse.state}`;
  line.querySelector("[data-pulse=word]").textContent = pulse.word;
  line.querySelector("[data-pulse=sentence]").textContent = inZone(pulse.sentence.replaceAll("`", ""));
  const next = line.querySelector("[data-pulse=next]");
  next.hidden = !pulse.next_poll;
  if (!pulse.next_poll) return;
  const time = document.createElement("time");
  time.dateTime = pulse.next_poll;
  time.dataset.form = "time";
  next.replaceChildren("next poll ", time);
  tellTimes(next);
}
async function follow() {
  if (document.hidden || !document.querySelector("[data-pulse=line]")) return;
  const line = document.querySelector("[data-pulse=line]");
  try {
    const answer = await fetch("/api/v1/pulse", { credentials: "same-origin", headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const pulse = await answer.json();
    showPulse(line, pulse);
    const count = document.querySelector("[data-pulse=open]");
    if (count) { count.firstChild.data = String(pulse.open_alerts); count.className = `count ${pulse.heaviest || ""}`; }
    line.querySelector("[data-pulse=news]").hidden = pulse.newest <= Number(document.getElementById("main").dataset.newest || 0);
  } catch {
    showPulse(line, { state: "dead", word: "No answer", sentence: "The console does not answer; what is below may be out of date.", next_poll: null });
  }
}
setInterval(follow, 30000);

function prepare() {
  tellTimes(document);
  const zone = zoned.resolvedOptions().timeZone;
  if (zone !== "UTC") document.querySelector("[data-zone]").textContent = `Times are in ${zone}; where UTC stands beside one, in UTC.`;
  setTheme(chosenTheme());
  for (const each of document.querySelectorAll(".themes, [data-help], [data-all-label]")) each.hidden = false;
  countChosen();
  showSiblings();
}
prepare();
