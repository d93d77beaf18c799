// SPDX-License-Identifier: Apache-2.0
// The page. Text from the server becomes text nodes only; nothing here makes markup of it.
"use strict";
(() => {
  const HISTORY = 240; // pictures, two in a second
  const SHOWN = 100; // rows of the timeline
  const $ = (id) => document.getElementById(id);

  // The token comes behind the # of the address, which no browser sends; the tab keeps it, and the address bar loses it.
  let token = "";
  if (location.hash.length > 1) {
    token = location.hash.slice(1);
    sessionStorage.setItem("iopf.token", token);
    history.replaceState(null, "", location.pathname);
  } else {
    token = sessionStorage.getItem("iopf.token") || "";
  }
  const ask = (path, options = {}) => fetch("api/" + path, {
    ...options, cache: "no-store", credentials: "omit",
    headers: { ...(options.headers || {}), Authorization: "Bearer " + token },
  });

  // ---- small things -------------------------------------------------------------------------------------------------
  const node = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const whole = (n) => Math.round(n).toLocaleString("en");
  const rate = (n) => (n === null || !isFinite(n) ? "–" : n > 0 && n < 10 ? n.toFixed(1) : whole(n));
  const duration = (nanos) => {
    if (nanos === null || nanos === undefined) return "–";
    if (nanos < 1e3) return nanos.toFixed(0) + " ns";
    if (nanos < 1e6) return (nanos / 1e3).toPrecision(3) + " µs";
    if (nanos < 1e9) return (nanos / 1e6).toPrecision(3) + " ms";
    return (nanos / 1e9).toPrecision(3) + " s";
  };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Rows are kept and their cells rewritten: focus and selection stay where they are.
  const rows = (body, items, columns, empty) => {
    while (body.rows.length > Math.max(items.length, 1)) body.deleteRow(-1);
    if (items.length === 0) {
      if (!body.rows[0] || !body.rows[0].dataset.empty) {
        body.replaceChildren();
        const row = body.insertRow();
        row.dataset.empty = "yes";
        const cell = row.insertCell();
        cell.colSpan = columns.length;
        cell.className = "empty";
        cell.textContent = empty;
      }
      return;
    }
    if (body.rows[0] && body.rows[0].dataset.empty) body.replaceChildren();
    items.forEach((item, i) => {
      const row = body.rows[i] || body.insertRow();
      columns.forEach((column, j) => {
        const cell = row.cells[j] || row.insertCell();
        column(cell, item);
      });
    });
  };
  const text = (of, className) => (cell, item) => {
    put(cell, of(item));
    if (className) cell.className = typeof className === "function" ? className(item) : className;
  };
  const list = (parent, items, make) => {
    while (parent.children.length > items.length) parent.lastElementChild.remove();
    items.forEach((item, i) => {
      let child = parent.children[i];
      if (!child) {
        child = node("li");
        child.append(node("span"), node("b"));
        parent.append(child);
      }
      make(child, item, child.children[0], child.children[1]);
    });
  };

  // ---- rates of two pictures ----------------------------------------------------------------------------------------
  let before = null;
  const CODES = ["success", "invalid", "failure"];
  const seconds = (now) => (before ? (now.nanos - before.nanos) / 1e9 : 0);
  const perSecond = (now, then, passed) => (then === undefined || passed <= 0 ? null : Math.max(0, (now - then) / passed));
  const sum = (picture, counter) => picture.units.reduce((all, unit) => all + unit.counters[counter], 0);
  const find = (picture, kind, same) => (picture ? picture[kind].find(same) : undefined);

  // ---- charts -------------------------------------------------------------------------------------------------------
  const times = [];
  const series = { success: [], invalid: [], failure: [] };
  const latencies = new Map(); // unit → percentiles, each as long as times
  const PERCENTILES = ["p50", "p90", "p99", "p999"];
  const push = (array, value) => { array.push(value); if (array.length > HISTORY) array.shift(); };
  const axes = (values) => [
    { stroke: () => colour("--dim"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false }, space: 70 },
    { stroke: () => colour("--dim"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false }, size: 62, values },
  ];
  const line = (label, name, value) => ({
    label, stroke: () => colour(name), width: 2, points: { show: false }, spanGaps: false,
    value: (u, v) => (v === null || v === undefined ? "–" : value(v)),
  });
  const size = (element) => ({ width: Math.max(240, element.clientWidth), height: 200 });
  const chart = (element, lines, values, log) => new uPlot({
    ...size(element),
    cursor: { drag: { x: false, y: false } },
    scales: { y: log ? { distr: 3 } : { range: (u, min, max) => [0, Math.max(1, (max || 0) * 1.1)] } },
    axes: axes((u, splits) => splits.map((v) => (v === null ? "" : values(v)))),
    series: [{ label: "time", value: (u, v) => (v ? new Date(v * 1000).toLocaleTimeString() : "–") }, ...lines],
  }, [[], ...lines.map(() => [])], element);
  const short = (n) => (n >= 1e6 ? n / 1e6 + "M" : n >= 1e3 ? n / 1e3 + "k" : String(n));
  const rates = chart($("chart-rate"),
    [line("SUCCESS", "--green", rate), line("INVALID", "--amber", rate), line("FAILURE", "--red", rate)], short, false);
  const spans = chart($("chart-latency"),
    [line("50 %", "--blue", duration), line("90 %", "--green", duration), line("99 %", "--amber", duration), line("99.9 %", "--red", duration)],
    duration, true);
  const fit = () => { rates.setSize(size($("chart-rate"))); spans.setSize(size($("chart-latency"))); };
  new ResizeObserver(fit).observe(document.body);
  const recolour = () => { rates.redraw(false, true); spans.redraw(false, true); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);

  const plot = (now) => {
    const passed = seconds(now);
    push(times, now.at / 1000);
    CODES.forEach((code) => push(series[code], before ? perSecond(sum(now, code), sum(before, code), passed) : null));
    now.units.forEach((unit) => {
      if (!latencies.has(unit.name)) {
        latencies.set(unit.name, Object.fromEntries(PERCENTILES.map((p) => [p, times.slice(1).map(() => null)])));
      }
    });
    latencies.forEach((arrays, name) => {
      const unit = now.units.find((u) => u.name === name);
      PERCENTILES.forEach((p) => push(arrays[p], unit && unit.latency[p] > 0 ? unit.latency[p] : null));
    });
    const choice = $("latency-unit");
    const names = now.units.map((u) => u.name);
    if ([...choice.options].map((o) => o.value).join("\n") !== names.join("\n")) {
      const was = choice.value;
      choice.replaceChildren(...names.map((name) => new Option(name, name)));
      if (names.includes(was)) choice.value = was;
    }
    const chosen = now.units.find((u) => u.name === choice.value);
    put($("latency-note"), chosen
      ? `close to answer, since the unit started; ${whole(chosen.latency.count)} measured, slowest ${duration(chosen.latency.max)}`
      : "no unit");
    rates.setData([times, ...CODES.map((code) => series[code])]);
    const arrays = latencies.get(choice.value);
    spans.setData([times, ...PERCENTILES.map((p) => (arrays ? arrays[p] : times.map(() => null)))]);
  };

  // ---- the way of a fault -------------------------------------------------------------------------------------------
  const fills = new Map();
  const fill = (name, value, bound, unit) => {
    let made = fills.get(name);
    if (!made) {
      made = { box: node("div", undefined, "fill"), bar: node("div", undefined, "bar"), number: node("span") };
      const head = node("div");
      head.append(node("span", name), made.number);
      made.bar.append(node("span"));
      made.bar.setAttribute("role", "meter");
      made.bar.setAttribute("aria-label", name);
      made.bar.setAttribute("aria-valuemin", "0");
      made.box.append(head, made.bar);
      $("fills").append(made.box);
      fills.set(name, made);
    }
    put(made.number, `${whole(value)} of ${whole(bound)} ${unit}`);
    made.bar.setAttribute("aria-valuenow", String(value));
    made.bar.setAttribute("aria-valuemax", String(bound));
    made.bar.firstChild.style.width = Math.min(100, value > 0 ? Math.max(1, (100 * value) / bound) : 0) + "%";
    made.bar.classList.toggle("high", value > bound * 0.8);
  };
  const way = (now) => {
    const passed = seconds(now);
    const requests = before ? perSecond(sum(now, "requests"), sum(before, "requests"), passed) : null;
    const groups = before ? perSecond(sum(now, "groups"), sum(before, "groups"), passed) : null;
    put(document.querySelector("[data-rate=requests]"), rate(requests));
    put(document.querySelector("[data-rate=groups]"), rate(groups));
    document.querySelectorAll(".flow").forEach((flow) => {
      flow.classList.toggle("live", groups > 0);
      flow.classList.toggle("busy", groups > 10000);
    });
    list($("way-devices"), now.devices.slice(0, 5), (li, device, name, value) => {
      const was = find(before, "devices", (d) => d.unit === device.unit && d.name === device.name);
      put(name, device.name);
      put(value, rate(was ? perSecond(device.counters.requests, was.counters.requests, passed) : null));
    });
    list($("way-units"), now.units, (li, unit, name, value) => {
      const was = find(before, "units", (u) => u.name === unit.name);
      const lost = unit.counters.overflows;
      put(name, unit.name + " (" + unit.kind + ")" + (lost ? ", " + whole(lost) + " overflows" : ""));
      put(value, rate(was ? perSecond(unit.counters.groups, was.counters.groups, passed) : null));
    });
    const devices = Math.max(1, now.devices.length);
    fill("open requests", now.devices.reduce((n, d) => n + d.partials, 0), now.partialBound * devices, "");
    fill("pending groups", now.pendingCount, now.pendingBound * devices, "");
    list($("way-handlers"), now.handlers, (li, handler, name, value) => {
      const was = find(before, "handlers", (h) => h.key === handler.key);
      put(name, handler.name.replace(/^.*\./, "") + " " + handler.kinds.join(", ") + " " + handler.ranking);
      name.title = handler.name;
      put(value, handler.state === "running" ? rate(calls(handler, was, passed)) : handler.state);
      li.classList.toggle("off", handler.state !== "running");
    });
    list($("way-codes"), CODES, (li, code, name, value) => {
      put(name, code.toUpperCase());
      name.className = "c-" + code;
      put(value, rate(before ? perSecond(sum(now, code), sum(before, code), passed) : null));
    });
  };
  // A handler that was restarted counts from 0 again.
  const calls = (handler, was, passed) =>
    handler.calls === undefined || !was || was.calls === undefined || was.calls > handler.calls
      ? null : perSecond(handler.calls, was.calls, passed);

  // ---- handlers, and their levers -----------------------------------------------------------------------------------
  const handlerRows = new Map();
  let latest = null;
  const said = (message) => put($("handler-said"), message);
  const change = async (handler, action, ranking, button) => {
    button.disabled = true;
    try {
      const answer = await ask("handlers", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ handler: handler.key, action, ...(ranking === undefined ? {} : { ranking }) }),
      });
      const result = await answer.json();
      const word = { stop: "stopped", start: "started", rank: "ranked " + ranking }[action];
      said(answer.ok ? `${handler.name}: ${word}.` : result.error);
    } catch (e) {
      said("The server does not answer.");
    } finally {
      button.disabled = false;
    }
  };
  const handlerRow = (key) => {
    const row = node("tr");
    for (let i = 0; i < 8; i++) row.append(node("td", undefined, [2, 4, 5, 6].includes(i) ? "n" : i === 7 ? "act" : ""));
    const name = node("span");
    const note = node("small");
    row.cells[0].append(name, note);
    const current = () => latest.handlers.find((h) => h.key === key);
    const neighbour = (step) => {
      const all = latest.handlers;
      const own = all.findIndex((h) => h.key === key);
      for (let i = own + step; i >= 0 && i < all.length; i += step) {
        if (all[i].kinds.some((kind) => all[own].kinds.includes(kind))) return all[i];
      }
      return null;
    };
    const toggle = node("button");
    const up = node("button", "↑");
    const down = node("button", "↓");
    [toggle, up, down].forEach((button) => { button.type = "button"; });
    toggle.addEventListener("click", () => change(current(), current().state === "stopped" ? "start" : "stop", undefined, toggle));
    up.addEventListener("click", () => { const n = neighbour(-1); change(current(), "rank", (n || current()).ranking + 1, up); });
    down.addEventListener("click", () => { const n = neighbour(1); change(current(), "rank", (n || current()).ranking - 1, down); });
    row.cells[7].append(toggle, up, down);
    return { row, name, note, toggle, up, down };
  };
  const handlers = (now) => {
    const passed = seconds(now);
    const body = $("handlers").tBodies[0];
    const keys = new Set(now.handlers.map((h) => h.key));
    handlerRows.forEach((made, key) => { if (!keys.has(key)) { made.row.remove(); handlerRows.delete(key); } });
    now.handlers.forEach((handler, i) => {
      if (!handlerRows.has(handler.key)) handlerRows.set(handler.key, handlerRow(handler.key));
      const made = handlerRows.get(handler.key);
      if (body.children[i] !== made.row) {
        const focused = document.activeElement;
        body.insertBefore(made.row, body.children[i] || null);
        if (made.row.contains(focused)) focused.focus();
      }
      const was = find(before, "handlers", (h) => h.key === handler.key);
      const cells = made.row.cells;
      put(made.name, handler.name);
      put(made.note, handler.note);
      put(cells[1], handler.kinds.join(", "));
      put(cells[2], String(handler.ranking));
      put(cells[3], handler.state + (handler.inline ? ", inline" : ""));
      put(cells[4], rate(calls(handler, was, passed)));
      put(cells[5], handler.held === undefined ? "–" : whole(handler.held));
      put(cells[6], handler.calls > 1000 ? duration(handler.handleNanos / handler.calls) : "–");
      put(made.toggle, handler.state === "stopped" ? "Start" : "Stop");
      made.toggle.setAttribute("aria-label", made.toggle.textContent + " " + handler.name);
      made.up.setAttribute("aria-label", "Ask earlier: " + handler.name);
      made.down.setAttribute("aria-label", "Ask later: " + handler.name);
      made.toggle.hidden = !handler.stoppable;
      made.up.hidden = made.down.hidden = !handler.rankable;
    });
  };

  // ---- tables -------------------------------------------------------------------------------------------------------
  const tables = (now) => {
    const passed = seconds(now);
    const flowing = now.devices.map((device) => {
      const was = find(before, "devices", (d) => d.unit === device.unit && d.name === device.name);
      return { ...device, rate: was ? perSecond(device.counters.groups, was.counters.groups, passed) : null };
    }).sort((a, b) => (b.rate || 0) - (a.rate || 0) || b.counters.groups - a.counters.groups);
    rows($("devices").tBodies[0], flowing, [
      text((d) => d.name), text((d) => d.id), text((d) => d.unit),
      text((d) => d.attached.map((a) => a.domain + (a.pasid ? " (PASID " + a.pasid + ")" : "")).join(", ") || (d.queued ? "nothing" : "no queue")),
      text((d) => rate(d.rate), "n"), text((d) => whole(d.counters.groups), "n"), text((d) => whole(d.pending), "n"),
    ], now.core ? "No device." : "No core is running.");
    put($("pending-count"), now.pendingCount ? `(${whole(now.pendingCount)})` : "");
    const late = now.deadlineMillis / 2;
    rows($("pending").tBodies[0], now.pending, [
      text((g) => g.device), text((g) => g.pasid), text((g) => String(g.index)), text((g) => g.address),
      text((g) => (g.state === "handler" ? handlerName(now, g.handler) : g.state)),
      text((g) => duration(g.ageMillis * 1e6), (g) => (g.ageMillis > late ? "n old" : "n")),
    ], now.pendingCount ? "Too many to list." : "No group is pending.");
  };
  const handlerName = (now, watchName) => {
    const handler = now.handlers.find((h) => h.watchName === watchName);
    return handler ? handler.name.replace(/^.*\./, "") : watchName;
  };

  // ---- health: what is wrong now first, then what has happened so far ------------------------------------------------
  const health = (now) => {
    const seen = now.troubles.map((t) => ({ words: `${t.kind}, ${whole(t.count)}: ${t.text}`, now: t.now }));
    if (!seen.length) seen.push({ words: now.core ? "Nothing is wrong." : "No core is running.", now: false });
    const place = $("health");
    while (place.children.length > seen.length) place.lastElementChild.remove();
    seen.forEach((trouble, i) => {
      const item = place.children[i] || place.appendChild(node("li"));
      put(item, trouble.words);
      item.classList.toggle("now", trouble.now);
    });
  };

  // ---- the last groups ----------------------------------------------------------------------------------------------
  const timeline = (now) => {
    if (!now.timeline) {
      put($("timeline-note"), "This container records no events of groups (see the README of the console); pending groups are listed above.");
      rows($("timeline").tBodies[0], [], new Array(7).fill(text(() => "")), "Nothing recorded.");
      return;
    }
    const wanted = $("filter").value.trim().toLowerCase();
    const all = now.timeline.map((g) => ({ ...g, who: g.handler ? handlerName(now, g.handler) : "none" }));
    const kept = wanted
      ? all.filter((g) => `${g.unit} ${g.device} ${g.index} ${g.address} ${g.who} ${g.code}`.toLowerCase().includes(wanted)) : all;
    put($("timeline-note"), `${whole(kept.length)} of the last ${whole(all.length)}; ${whole(now.timelineSeen)} seen, of ${now.timelineRule}`);
    rows($("timeline").tBodies[0], kept.slice(0, SHOWN), [
      text((g) => new Date(g.at).toLocaleTimeString("en-GB") + "." + String(g.at % 1000).padStart(3, "0")),
      text((g) => g.device), text((g) => g.index + " at " + g.address), text((g) => g.who),
      text((g) => g.code, (g) => "c-" + g.code.toLowerCase()),
      (cell, g) => {
        let bar = cell.firstElementChild;
        if (!bar) {
          bar = node("div", undefined, "span");
          bar.setAttribute("role", "img");
          bar.append(node("b", undefined, "s1"), node("b", undefined, "s2"), node("b", undefined, "s3"));
          cell.append(bar);
        }
        const parts = [g.toClose, g.toTaken, g.toAnswer];
        const total = Math.max(1, parts.reduce((a, b) => a + (b || 0), 0));
        parts.forEach((part, i) => { bar.children[i].style.width = (100 * (part || 0)) / total + "%"; });
        const words = `closed after ${duration(g.toClose)}, taken after ${duration(g.toTaken)}, answered after ${duration(g.toAnswer)}`;
        if (bar.title !== words) { bar.title = words; bar.setAttribute("aria-label", words); }
      },
      text((g) => duration((g.toClose || 0) + (g.toTaken || 0) + (g.toAnswer || 0)), "n"),
    ], wanted ? "No group matches." : "No group yet.");
  };
  $("filter").addEventListener("input", () => { if (latest) timeline(latest); });

  // ---- a log, decoded -----------------------------------------------------------------------------------------------
  $("decode").addEventListener("submit", async (event) => {
    event.preventDefault();
    const place = $("decoded");
    put($("decode-said"), "decoding");
    try {
      const answer = await ask("decode", { method: "POST", headers: { "Content-Type": "text/plain" }, body: $("log").value });
      const result = await answer.json();
      place.replaceChildren();
      if (!answer.ok) {
        put($("decode-said"), result.error);
        return;
      }
      put($("decode-said"), `${whole(result.count)} ${result.count === 1 ? "record" : "records"}`
        + (result.count > result.records.length ? `, the first ${result.records.length} below` : "")
        + (result.undecodedCount ? `; ${whole(result.undecodedCount)} lines not decoded` : ""));
      result.records.forEach((record) => {
        const box = node("article");
        box.append(node("h3", record.title + (record.device === "unknown" ? "" : " of " + record.device)
          + (record.complete ? "" : " (incomplete)") + ", line " + record.line));
        record.notes.forEach((note) => box.append(node("p", note)));
        const fields = node("dl");
        Object.entries(record.fields).forEach(([name, value]) => fields.append(node("dt", name), node("dd", value)));
        box.append(fields);
        record.causes.forEach((cause) => box.append(node("p", "Likely: " + cause.cause + ". Next: " + cause.check)));
        place.append(box);
      });
      result.undecoded.forEach((undecoded) => place.append(node("p", `line ${undecoded.line}: ${undecoded.text} (${undecoded.reason})`)));
    } catch (e) {
      put($("decode-said"), "The server does not answer.");
    }
  });

  // ---- tools of the header ------------------------------------------------------------------------------------------
  let paused = false;
  $("pause").addEventListener("click", () => {
    paused = !paused;
    $("pause").setAttribute("aria-pressed", String(paused));
    put($("pause"), paused ? "Go on" : "Pause");
  });
  const themes = ["auto", "light", "dark"];
  const dress = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    put($("theme"), theme[0].toUpperCase() + theme.slice(1));
    $("theme").setAttribute("aria-label", "Colours: " + (theme === "auto" ? "as the system" : theme));
    recolour();
  };
  let theme = localStorage.getItem("iopf.theme") || "auto";
  $("theme").addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    localStorage.setItem("iopf.theme", theme);
    dress(theme);
  });
  dress(themes.includes(theme) ? theme : "auto");

  // ---- pictures, as server-sent events; fetch reads them, because EventSource can't send the token --------------------
  const show = (now) => {
    if (paused) return;
    latest = now;
    plot(now);
    way(now);
    handlers(now);
    tables(now);
    health(now);
    timeline(now);
    put($("status"), now.core ? `${now.units.length} ${now.units.length === 1 ? "unit" : "units"}, `
      + `${now.deviceCount} ${now.deviceCount === 1 ? "device" : "devices"}` : "no core is running");
    before = now;
  };
  const close = (message) => {
    $("closed").hidden = false;
    put($("closed"), message);
    put($("status"), "closed");
  };
  const read = async () => {
    const answer = await ask("pictures");
    if (answer.status === 401 || answer.status === 403) {
      close((await answer.json()).error);
      return false;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return true;
      held += value;
      let end;
      while ((end = held.indexOf("\n\n")) >= 0) {
        const event = held.slice(0, end);
        held = held.slice(end + 2);
        if (event.startsWith("data: ")) show(JSON.parse(event.slice(6)));
      }
    }
  };
  const follow = async () => {
    let again = true;
    try {
      again = await read();
    } catch (e) {
      // The server is gone, or on its way back.
    }
    if (again) {
      put($("status"), "no connection; trying again");
      setTimeout(follow, 1000);
    }
  };
  follow();
})();
