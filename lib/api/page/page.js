"use strict";
// Shows /api/status anew every second, by the marks that fill.h describes; figures.cc is the same for the first time.
(() => {
  const pollEvery = 1000, pollHiddenEvery = 5000, patience = 5000;
  const sampleEvery = 5000, span = 600000, notKnown = "–";
  const byId = (id) => document.getElementById(id);

  // --- figures
  function valuesAt(root, item, path) {
    if (path === ".") return [item];
    let found = [path.startsWith("/") ? root : item];
    for (const step of path.replace(/^\//, "").split("/")) {
      found = step === "*"
        ? found.flatMap((value) => (Array.isArray(value) ? value : []))
        : found.filter((value) => value !== null && typeof value === "object" && Object.hasOwn(value, step))
            .map((value) => value[step]);
    }
    return found;
  }
  const allAt = (root, item, paths) => paths.split(" ").flatMap((path) => valuesAt(root, item, path));
  function sumOf(root, item, paths) {
    const values = allAt(root, item, paths);
    if (values.length === 0 || values.some((value) => typeof value !== "number")) return null;
    return values.reduce((sum, value) => sum + value, 0);
  }
  const grouped = (number) => Math.round(number).toLocaleString("en-US");
  function rateText(rate) {
    if (rate === null) return notKnown;
    return (rate === 0 || rate >= 9.95 ? grouped(rate) : rate.toFixed(1)) + "/s";
  }
  function durationText(ms) {
    if (ms < 10000) return grouped(ms) + " ms";
    if (ms < 600000) return (ms / 1000).toFixed(1) + " s";
    if (ms < 7200000) return (ms / 60000).toFixed(0) + " min";
    return (ms / 3600000).toFixed(1) + " h";
  }
  function uptimeText(seconds) {
    const clock = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60]
      .map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
    return seconds < 86400 ? clock : grouped(Math.floor(seconds / 86400)) + " d " + clock;
  }
  const timeText = (text) => text.split(".")[0].replace("T", " ");

  // The last statuses with their times, of about five seconds: a rate over less than that is not calm enough to read.
  let recent = [];
  const ratesKnown = () => recent.at(-1).at - recent[0].at >= 500;
  function rateOf(item, paths) {
    const first = recent[0], last = recent.at(-1);
    const now = sumOf(last.status, item, paths), before = sumOf(first.status, item, paths);
    return now === null || before === null || now < before ? null : (now - before) * 1000 / (last.at - first.at);
  }

  function figure(root, item, paths, format) {
    if (format === "rate") return [rateText(rateOf(item, paths)), ""];
    if (format === "flow") return ["", rateOf(item, paths) > 0 ? "flowing" : "still"];
    if (format === "count" || format === "ms" || format === "uptime") {
      const sum = sumOf(root, item, paths);
      if (sum === null) return [notKnown, ""];
      return [{ count: grouped, ms: durationText, uptime: uptimeText }[format](sum), ""];
    }
    const value = valuesAt(root, item, paths)[0];
    if (format === "holds") return value === false ? ["does not hold", "broken"] : ["holds", "holds"];
    if (typeof value !== "string" || value === "") return [notKnown, ""];
    if (format === "state") return [value.replaceAll("_", " "), value];
    return [format === "time" ? timeText(value) : value, ""];
  }

  // --- marks
  function put(element, text, is) {
    if (element.textContent !== text) element.textContent = text;
    if (is !== "" && element.dataset.is !== is) element.dataset.is = is;
    if (is === "" && "is" in element.dataset) delete element.dataset.is;
  }
  const saysSomething = (value) => (value !== null && typeof value === "object"
    ? Object.keys(value).length > 0 : Boolean(value));

  function fill(element, root, item) {
    const { v, as, if: condition, each } = element.dataset;
    if (condition !== undefined) {
      const hidden = !allAt(root, item, condition).some(saysSomething);
      if (hidden !== element.hasAttribute("hidden")) element.toggleAttribute("hidden", hidden);
    }
    // Until then the daemon's own stand.
    if ((as === "rate" || as === "flow") && !ratesKnown()) return undefined;
    if (v !== undefined) return put(element, ...figure(root, item, v, as));
    if (each !== undefined) return fillRows(element, root, valuesAt(root, item, each)[0] ?? []);
    for (const child of element.children) fill(child, root, item);
  }
  // Each element of the array has as many elements here as the template has, and keeps them as long as it is there.
  function fillRows(element, root, items) {
    const content = element.firstElementChild.content;
    const each = content.childElementCount;
    while (element.childElementCount > 1 + each * items.length) element.lastElementChild.remove();
    while (element.childElementCount < 1 + each * items.length) element.append(document.importNode(content, true));
    items.forEach((item, n) => {
      for (let i = 0; i < each; ++i) fill(element.children[1 + each * n + i], root, item);
    });
  }

  // --- charts
  const history = byId("history");
  const series = history.dataset.series.split("|");
  let samples = JSON.parse(history.dataset.samples).map(([at, ...figures]) => ({ at, figures }));
  const svgNames = document.querySelector("svg").namespaceURI;
  const svg = (name, attributes) => {
    const element = document.createElementNS(svgNames, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  // 1, 2 or 4 times a power of ten: half of it is a round figure, too
  function above(value) {
    const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
    return [1, 2, 4, 10].map((n) => n * power).find((n) => n >= value);
  }
  function makeChart(id, names, text, pointsOf) {
    const frame = document.createElement("div"), legend = document.createElement("span");
    frame.className = "frame";
    legend.className = "legend";
    const plot = svg("svg", { class: "plot", viewBox: "0 0 600 100", preserveAspectRatio: "none", "aria-hidden": "true" });
    for (const y of [0.5, 50, 99.5]) plot.append(svg("line", { x1: 0, x2: 600, y1: y, y2: y }));
    const lines = names.map((name, n) => {
      const path = svg("path", { class: "of-" + n, d: "" }), entry = document.createElement("span");
      const value = document.createElement("i");
      entry.className = "of-" + n;
      entry.append(name + " ", value);
      legend.append(entry);
      plot.append(path);
      return { path, value, entry };
    });
    const label = (place, words) => {
      const span = document.createElement("span");
      Object.assign(span.style, place);
      span.textContent = words;
      frame.append(span);
      return span;
    };
    frame.append(plot);
    const top = label({ left: "0", top: "2px" }, ""), middle = label({ left: "0", top: "62px" }, "");
    label({ left: "0", bottom: "0" }, "10 min ago");
    label({ left: "50%", bottom: "0", transform: "translateX(-50%)" }, "5 min");
    label({ right: "0", bottom: "0", padding: "0" }, "now");
    byId(id).querySelector("figcaption").append(legend);
    byId(id).append(frame);
    return (now) => {
      const all = lines.map((_, n) => pointsOf(n));
      const highest = above(Math.max(2, ...all.flat().map(([, y]) => y ?? 0)));
      all.forEach((points, n) => {
        let d = "", drawing = false;
        for (const [at, y] of points) {
          if (y !== null) {
            d += `${drawing ? "L" : "M"}${(600 - (now - at) * 600 / span).toFixed(1)} ${(99 - y * 98 / highest).toFixed(1)}`;
          }
          drawing = y !== null;
        }
        const { path, value, entry } = lines[n];
        path.setAttribute("d", d);
        entry.hidden = points.every(([, y]) => y === null);
        put(value, points.length === 0 || points.at(-1)[1] === null ? notKnown : text(points.at(-1)[1]), "");
      });
      put(top, text(highest), "");
      put(middle, text(highest / 2), "");
    };
  }
  const figureOf = (which) => () => samples.map(({ at, figures }) => [at, figures[which]]);
  function resultRates() {
    return samples.slice(1).map(({ at, figures }, n) => {
      const before = samples[n], now = figures[0], then = before.figures[0];
      const gap = at - before.at > 3 * sampleEvery;
      return [at, gap || now === null || then === null || now < then ? null : (now - then) * 1000 / (at - before.at)];
    });
  }
  const charts = [
    makeChart("chart-rate", ["results"], rateText, resultRates),
    makeChart("chart-latency", ["p50", "p99"], durationText, (n) => figureOf(1 + n)()),
    makeChart("chart-lag", ["inputs", "table", "database"], grouped, (n) => figureOf(3 + n)()),
  ];
  function sample(status, at) {
    if (samples.length > 0 && at - samples.at(-1).at < sampleEvery - 100) return;
    samples.push({ at, figures: series.map((paths) => sumOf(status, status, paths)) });
    samples = samples.filter((one) => at - one.at <= span);
  }
  const draw = (now) => charts.forEach((chart) => chart(now));

  // --- the join as a whole: as its worst worker
  const worst = ["running", "starting", "rebalancing", "rebuilding", "degraded", "stopped"];
  function joinState(status) {
    const states = (status.join?.workers ?? []).map((worker) => worst.indexOf(worker.state));
    return states.length === 0 ? "starting" : worst[Math.max(...states)];
  }

  // --- polling
  const source = new URL("api/status", location.href);
  source.username = source.password = "";  // which fetch() does not take; the browser shows them by itself
  let started = null, answered = Date.now(), clockOff = 0;
  function show(status, at) {
    if (started !== null && status.started !== started) {
      recent = [];
      samples = [];
    }
    started = status.started;
    recent.push({ at: performance.now(), status });
    while (recent.length > 2 && recent.at(-1).at - recent[1].at >= 5000) recent.shift();
    fill(document.body, status, status);
    const state = joinState(status);
    put(byId("join-state"), state, state);
    put(byId("now"), timeText(new Date(at).toISOString()), "");
    put(byId("live"), ", live", "");
    document.title = `${status.state} · ${status.application_id}/${status.instance_id}`;
    sample(status, at);
    draw(at);
  }
  function lost(why) {
    const seconds = Math.round((Date.now() - answered) / 1000);
    byId("lost").hidden = false;
    put(byId("lost"), `${why} What stands here is ${seconds} s old.`, "");
    put(byId("live"), "", "");
    put(document.querySelector(".state"), "no answer", "lost");
    document.body.classList.add("stale");
    document.title = "no answer · " + document.title.replace(/^no answer · /, "");
  }
  function found() {
    answered = Date.now();
    byId("lost").hidden = true;
    document.body.classList.remove("stale");
  }
  async function poll() {
    try {
      const response = await fetch(source, { cache: "no-store", signal: AbortSignal.timeout(patience) });
      if (response.status === 401) return lost("The token is no longer taken: load this page again to show another.");
      if (!response.ok) throw new Error(response.statusText);
      const status = await response.json();
      clockOff = Date.parse(response.headers.get("Date") ?? "") - Date.now() || 0;
      found();
      show(status, Date.now() + (Math.abs(clockOff) > 2000 ? clockOff : 0));
    } catch (error) {
      lost("The daemon does not answer.");
    }
    setTimeout(poll, document.hidden ? pollHiddenEvery : pollEvery);
  }

  document.querySelector(".charts").classList.add("drawn");
  draw(samples.length > 0 ? samples.at(-1).at : Date.now());
  poll();
})();
