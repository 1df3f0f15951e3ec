// The page's behaviour: asks the API beside it, below `data-api`, relative to where the page is; keeps nothing but the key.
"use strict";

const API = document.documentElement.dataset.api;
const KEY = "lingua-nexus-key";
const POLL_MS = 1500;
const $ = (id) => document.getElementById(id);
const languages = new Map();
let running = null;

class ApiError extends Error {
  constructor(status, body) {
    const error = body && body.error ? body.error : {};
    super(error.message || `The service answered with status ${status}.`);
    this.status = status;
    this.code = error.code || `http_${status}`;
    this.requestId = error.request_id || "";
  }
}

function storedKey() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage may be switched off
  }
}

async function ask(path, options = {}) {
  const headers = { Accept: "application/json" };
  const key = storedKey();
  if (key) headers["X-API-Key"] = key;
  if (options.body) headers["Content-Type"] = "application/json";
  const response = await fetch(API + path, { ...options, headers, credentials: "omit" });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, body);
  return body;
}

function show(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

function showError(error) {
  if (!(error instanceof ApiError)) {
    show($("error"), "The service cannot be reached. (network)");
    return;
  }
  const id = error.requestId ? `, request ${error.requestId}` : "";
  show($("error"), `${error.message} (${error.code}${id})`);
  if (error.status === 401) askForKey();
}

function askForKey() {
  $("key-form").hidden = false;
  $("key").focus();
}

function nameOf(code) {
  const language = languages.get(code);
  return language ? language.name : code;
}

function optionOf(language) {
  const own = language.native_name && language.native_name !== language.name;
  const label = own ? `${language.name} – ${language.native_name}` : language.name;
  return new Option(label, language.code);
}

function fillLanguages(list) {
  languages.clear();
  const sorted = [...list].sort((a, b) => a.name.localeCompare(b.name));
  for (const language of sorted) languages.set(language.code, language);
  const before = { source: $("source").value, target: $("target").value };
  $("source").replaceChildren($("source").options[0], ...sorted.map(optionOf));
  $("target").replaceChildren(...sorted.map(optionOf));
  $("source").value = languages.has(before.source) ? before.source : "auto";
  $("target").value = languages.has(before.target) ? before.target : preferredTarget(sorted);
}

function preferredTarget(sorted) {
  const own = (navigator.language || "").split("-")[0];
  const matches = (language) => language.iso639_1 === own && own !== "en";
  const other = (language) => language.iso639_1 !== "en";
  const chosen = sorted.find(matches) || sorted.find(other) || sorted[0];
  return chosen ? chosen.code : "";
}

function showModel(model) {
  const facts = [model.name, model.version, model.engine, model.quantization, model.device];
  $("model").textContent = facts.filter(Boolean).join(" · ");
  show($("demo"), model.demo ? "This is the small embedded demo, not the full model: expect mistakes." : "");
}

async function waitUntilReady() {
  for (;;) {
    const loading = await stillLoading();
    show($("loading"), loading);
    $("translate").disabled = Boolean(loading);
    if (!loading) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function stillLoading() {
  try {
    const response = await fetch(`${API}health`, { credentials: "omit" });
    const health = await response.json().catch(() => ({}));
    if (health.status === "failed") return "The model could not be loaded; the log says why.";
    return response.ok && health.status !== "loading" ? "" : "The model is loading…";
  } catch {
    return "The service cannot be reached; trying again…";
  }
}

async function start() {
  try {
    await waitUntilReady();
    const [model, list] = await Promise.all([ask("model"), ask("languages")]);
    showModel(model);
    fillLanguages(Array.isArray(list) ? list : list.languages);
    $("key-form").hidden = true;
    show($("error"), "");
  } catch (error) {
    if (error.status === 401 && !storedKey()) askForKey(); // nothing went wrong yet
    else showError(error);
  }
}

async function translate(event) {
  event.preventDefault();
  if ($("translate").disabled) return;
  if (!$("text").value.trim()) {
    $("text").focus();
    return;
  }
  if (running) running.abort();
  const mine = new AbortController();
  running = mine;
  showBusy(true);
  try {
    const request = { text: $("text").value, source_lang: $("source").value, target_lang: $("target").value };
    const body = JSON.stringify(request);
    const answer = await ask("translate", { method: "POST", body, signal: mine.signal });
    showResult(answer);
  } catch (error) {
    if (error.name !== "AbortError") showFailure(error);
  } finally {
    if (running === mine) {
      running = null;
      showBusy(false);
    }
  }
}

function showBusy(busy) {
  $("form").setAttribute("aria-busy", String(busy));
  if (!busy) return;
  $("status").textContent = "Translating…";
  show($("error"), "");
  showWarnings([]);
}

function showFailure(error) {
  $("status").textContent = "";
  $("detected").textContent = "";
  setResult("", "");
  showError(error);
}

function showResult(answer) {
  setResult(answer.translated_text, answer.target_lang);
  const detected = answer.detected_source_lang;
  const percent = answer.confidence === null ? "" : ` (${Math.round(answer.confidence * 100)} %)`;
  $("detected").textContent = detected ? `Detected: ${nameOf(detected)}${percent}` : "";
  $("detected").dataset.code = detected || "";
  const seconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
  // Only where the number means something: elsewhere it is a likelihood of tokens.
  const { confidence, confidence_calibrated: calibrated } = answer.metadata;
  const sure = calibrated ? `, confidence ${Math.round(confidence * 100)} %` : "";
  $("status").textContent = `Done in ${seconds(answer.processing_time_ms)}${sure}`;
  showWarnings(answer.warnings);
}

function setResult(text, code) {
  const language = languages.get(code);
  $("result").value = text;
  $("result").lang = language && language.bcp47 ? language.bcp47 : "";
  $("copy").disabled = !text;
}

function showWarnings(warnings) {
  const lines = warnings.map((warning) => {
    const line = document.createElement("li");
    const where = Number.isInteger(warning.segment) ? `segment ${warning.segment + 1}: ` : "";
    line.textContent = `${where}${warning.message} (${warning.code})`;
    return line;
  });
  $("warnings").replaceChildren(...lines);
  $("warnings").hidden = lines.length === 0;
}

function swap() {
  const source = $("source").value === "auto" ? $("detected").dataset.code : $("source").value;
  const target = $("target").value;
  if (source && languages.has(source)) $("target").value = source;
  if (languages.has(target)) $("source").value = target;
  if ($("result").value) {
    $("text").value = $("result").value;
    setResult("", "");
  }
  $("detected").textContent = "";
  $("detected").dataset.code = "";
  count();
  $("text").focus();
}

async function copy() {
  try {
    await navigator.clipboard.writeText($("result").value);
  } catch {
    $("result").select(); // no clipboard without TLS: the old way
    document.execCommand("copy");
  }
  $("status").textContent = "Copied.";
}

function count() {
  const length = [...$("text").value].length;
  $("count").textContent = `${length.toLocaleString()} character${length === 1 ? "" : "s"}`;
}

function clear() {
  $("text").value = "";
  setResult("", "");
  $("detected").textContent = "";
  $("status").textContent = "";
  showWarnings([]);
  count();
  $("text").focus();
}

function useKey(event) {
  event.preventDefault();
  try {
    sessionStorage.setItem(KEY, $("key").value.trim());
  } catch {
    show($("error"), "This browser keeps nothing for this page: the key cannot be used.");
    return;
  }
  $("key").value = "";
  start();
}

$("form").addEventListener("submit", translate);
$("key-form").addEventListener("submit", useKey);
$("swap").addEventListener("click", swap);
$("copy").addEventListener("click", copy);
$("clear").addEventListener("click", clear);
$("text").addEventListener("input", count);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) translate(event);
});
count();
start();
