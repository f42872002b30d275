// Draws a run: lanes of cities over time, hand-offs as arrows, faults as shades, documents below. No library.
(() => {
  const D = JSON.parse(document.getElementById('data').textContent);
  const W = {
    zh: { even: '均匀间距', real: '真实时间', fit: '全程', all: '全部', ok: '全部如预期', notok: '与预期不符', conv: '各市一致', notconv: '尚不一致', silent: '未作答：', lacking: '有城市缺少文档', docsOf: '个文档不同',
      cities: '个城市', events: '个动作', cases: '个办件', docs: '文档', faults: '故障与断网', none: '没有', detail: '详情', pick: '点一个圆点、箭头或文档。滚轮缩放，拖动平移。',
      act: '动作', refused: '被拒（如预期）', bad: '与预期不符', hand: '移交', other: '先后关系', cut: '断网', down: '停机', hostile: '作恶', worse: '其他故障', link: '单条连接', signed: '签署的时间不在本次运行之内', linesOf: '先后关系（点“只看此文档”后显示）', doc: '文档', number: '编号', stage: '环节',
      holder: '持有', entries: '条目', roots: '各市状态', equal: '一致', differ: '不一致', dag: '条目图：箭头从看到的指向写下的', more: '项在此处', void: '无效', disputed: '争议', denied: '拒绝', expect: '预期，行', held: '成立', only: '只看此文档', case: '办件', parcel: '邮件', city: '城市', agreement: '协议' },
    en: { even: 'Even spacing', real: 'True time', fit: 'Whole run', all: 'All', ok: 'Everything as expected', notok: 'Not as expected', conv: 'All cities agree', notconv: 'Cities differ', silent: 'No answer: ', lacking: 'A city lacks a document', docsOf: 'differ',
      cities: 'cities', events: 'acts', cases: 'cases', docs: 'Documents', faults: 'Faults and partitions', none: 'None', detail: 'Details', pick: 'Click a dot, an arrow or a document. Wheel zooms, dragging moves.',
      act: 'Act', refused: 'Refused, as expected', bad: 'Not as expected', hand: 'Hand-off', other: 'Seen before', cut: 'Partition', down: 'Down', hostile: 'Hostile', worse: 'Other fault', link: 'One link', signed: 'Signed with a time outside the run', linesOf: 'Seen before (after “Only this document”)', doc: 'Document', number: 'Number', stage: 'Stage',
      holder: 'Held by', entries: 'Entries', roots: 'State by city', equal: 'equal', differ: 'differ', dag: 'Entries: arrows lead from what was seen to what was written', more: 'here', void: 'void', disputed: 'disputed', denied: 'denied', expect: 'Expectation in line', held: 'held', only: 'Only this document', case: 'Case', parcel: 'Parcel', city: 'City', agreement: 'Agreement' },
  };
  // Blue is a hand-off, amber a refusal, red something bad: no city has these colours.
  const PALETTE = ['#0e7490', '#12805c', '#8e44ad', '#5b6b1f', '#475569', '#a03a6b', '#6d4c41', '#00897b', '#5e35b1', '#827717'];
  let lang = D.lang, mode = 'even', focus = null, view = [0, 1];
  const $ = (id) => document.getElementById(id), say = (key) => W[lang][key], words = (o) => (o && (o[lang] || o.zh || o.en)) || '';
  const NS = 'http://www.w3.org/2000/svg';
  const el = (parent, name, attrs = {}, text) => {
    const node = document.createElementNS(NS, name);
    for (const key in attrs) node.setAttribute(key, attrs[key]);
    if (text !== undefined) node.textContent = text;
    parent.appendChild(node); return node;
  };
  const html = (parent, name, attrs = {}, text) => {
    const node = document.createElement(name);
    for (const key in attrs) node.setAttribute(key, attrs[key]);
    if (text !== undefined) node.textContent = text;
    parent.appendChild(node); return node;
  };
  const city = Object.fromEntries(D.cities.map((c, i) => [c.code, { ...c, i, color: PALETTE[i % PALETTE.length] }]));
  const named = (code, of) => (city[code] && (city[code][of] || city[code].zh)) || code;
  const name = (code) => (city[code] ? words(city[code]) : code);
  const bracket = (text) => (lang === 'zh' ? '（' + text + '）' : ' (' + text + ')');
  // About as wide as the browser draws it: letters are narrower than characters.
  const wide = (text, size = 12) => [...text].reduce((sum, c) => sum + (c.codePointAt(0) > 0x2e7f ? size : size * 0.58), 0);
  const pad = (n) => String(n).padStart(2, '0');
  // Times are those of Beijing, whatever the reader's clock says.
  const date = (t) => new Date((t + 8 * 3600) * 1000);
  const clock = (t) => { const d = date(t); return pad(d.getUTCHours()) + ':' + pad(d.getUTCMinutes()); };
  const day = (t) => { const d = date(t); return pad(d.getUTCMonth() + 1) + '-' + pad(d.getUTCDate()); };

  // Points: what clerks did, and what nodes did by themselves (acks), which only histories know.
  const points = [];
  const seen = new Map();
  // Some commands have a shorter name than the act that they sign.
  const SIGNS = { review: 'substantive-review', notice: 'correction-notice', 'submit-correction': 'correction-submitted' };
  D.events.forEach((e) => { const p = { ...e }; points.push(p); if (e.doc) { const word = e.act.split('.').pop(), k = e.doc + e.city + (SIGNS[word] || word); (seen.get(k) || seen.set(k, []).get(k)).push(p); } });
  const edges = [], start = D.from, end = Math.max(D.until, D.from + 1);
  D.docs.forEach((doc) => {
    const placed = [];
    doc.history.forEach((h) => {
      // A time that cannot be is put where the entry was first possible: with the last of what it had seen.
      const t = h.signed ? Math.max(start, ...h.parents.map((at) => placed[at]?.t ?? start)) : h.time;
      const mine = h.signed ? null : (seen.get(doc.id + h.city + h.act) || []).find((p) => !p.entry && Math.abs(p.t - t) < 120);
      const p = mine || { t, city: h.city, act: h.act, zh: named(h.city, 'zh') + '  ' + h.zh, en: named(h.city, 'en') + '  ' + h.en, doc: doc.id, ok: true, auto: true };
      if (!mine) points.push(p);
      Object.assign(p, { status: h.status, signed: h.signed, entry: h.id }); placed.push(p);
    });
    doc.history.forEach((h, at) => h.parents.forEach((parent) => {
      const from = doc.history[parent];
      if (from && from.city !== h.city) edges.push({ doc: doc.id, from: placed[parent], to: placed[at], hand: h.act === 'ack' || h.act === 'decline' });
    }));
  });
  // All of these lines at once would be a carpet: then they are drawn for the document that one chooses alone.
  const carpet = edges.length > 400;
  points.sort((a, b) => a.t - b.t);
  // Faults count for the spacing where there are few: a night full of them would be as wide as a day.
  const edgesOfFaults = D.faults.length < 100 ? D.faults.flatMap((f) => [f.from, f.until]) : [];
  const moments = [...new Set([start, end, ...points.map((p) => p.t), ...edgesOfFaults])].sort((a, b) => a - b);
  // Even spacing: a pause counts by its logarithm, so that a night is no wider than a few acts.
  const evenAt = [0];
  for (let i = 1; i < moments.length; i++) evenAt.push(evenAt[i - 1] + 1 + Math.log2(1 + (moments[i] - moments[i - 1]) / 300));
  const evenEnd = evenAt[evenAt.length - 1] || 1;
  const even = (t) => {
    let lo = 0, hi = moments.length - 1;
    if (t <= start) return 0;
    if (t >= end) return 1;
    while (hi - lo > 1) { const mid = (lo + hi) >> 1; if (moments[mid] <= t) lo = mid; else hi = mid; }
    const part = (t - moments[lo]) / (moments[hi] - moments[lo] || 1);
    return (evenAt[lo] + part * (evenAt[hi] - evenAt[lo])) / evenEnd;
  };
  const place = (t) => (mode === 'even' ? even(t) : (t - start) / (end - start || 1));

  const RIGHT = 16, TOP = 34;
  let LEFT = 104;
  const laneH = () => (D.cities.length > 12 ? 38 : D.cities.length > 7 ? 58 : 78);
  const width = () => $('map').clientWidth || 900;
  const x = (t) => LEFT + ((place(t) - view[0]) / (view[1] - view[0])) * (width() - LEFT - RIGHT);
  const y = (code) => TOP + (city[code].i + 0.5) * laneH();
  const shown = (p) => !focus || p.doc === focus;

  function ticks() {
    // Real moments that keep a distance of some pixels, days first.
    const all = [];
    const first = Math.floor((start + 8 * 3600) / 86400);
    for (let d = first; d * 86400 - 8 * 3600 <= end; d++) {
      const t = d * 86400 - 8 * 3600;
      all.push({ t: Math.max(t, start), day: true });
    }
    points.forEach((p) => all.push({ t: p.t }));
    let last = { day: -1e9, any: -1e9 };
    return all.filter((k) => k.day).concat(all.filter((k) => !k.day)).sort((a, b) => a.t - b.t || (b.day ? 1 : -1)).filter((k) => {
      const at = x(k.t);
      if (at < LEFT - 1 || at > width() - RIGHT - 40) return false;
      if (k.day ? at - last.day < 40 : at - last.any < 62) return false;
      last.any = at; if (k.day) last.day = at; return true;
    });
  }

  let due = 0;
  // At most once for each frame of the screen.
  function draw() { due ||= requestAnimationFrame(() => { due = 0; paint(); }); }

  function paint() {
    LEFT = Math.max(104, ...D.cities.map((c) => 34 + wide(name(c.code))));
    const svg = $('map'), height = TOP + D.cities.length * laneH() + 26;
    svg.replaceChildren(); svg.setAttribute('height', height); svg.setAttribute('viewBox', `0 0 ${width()} ${height}`);
    const defs = el(svg, 'defs');
    const clip = el(defs, 'clipPath', { id: 'inside' }); el(clip, 'rect', { x: LEFT - 17, y: 0, width: width() - LEFT + 17, height });
    for (const [id, color] of [['hatch', 'var(--shade)'], ['down', 'var(--ink)']]) {
      const pattern = el(defs, 'pattern', { id, width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' });
      el(pattern, 'rect', { width: 8, height: 8, fill: color, opacity: 0.07 }); el(pattern, 'line', { x1: 0, y1: 0, x2: 0, y2: 8, stroke: color, 'stroke-width': 3, opacity: 0.28 });
    }
    for (const [id, color] of [['head', 'var(--accent)'], ['soft', 'var(--soft)']]) {
      const marker = el(defs, 'marker', { id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' });
      el(marker, 'path', { d: 'M0 0 L8 4 L0 8 z', fill: color });
    }
    D.cities.forEach((c) => {
      el(svg, 'rect', { x: LEFT, y: TOP + city[c.code].i * laneH() + 3, width: width() - LEFT - RIGHT, height: laneH() - 6, rx: 8, fill: 'var(--lane)', stroke: 'var(--line)' });
      el(svg, 'circle', { cx: 12, cy: y(c.code), r: 5, fill: city[c.code].color });
      el(svg, 'text', { x: 24, y: y(c.code) + 4 }, name(c.code));
    });
    const inside = el(svg, 'g', { 'clip-path': 'url(#inside)' });
    ticks().forEach((k) => {
      el(inside, 'line', { x1: x(k.t), x2: x(k.t), y1: TOP - 4, y2: height - 22, stroke: 'var(--line)', 'stroke-width': k.day ? 1.5 : 1, 'stroke-dasharray': k.day ? '' : '2 4' });
      el(inside, 'text', { x: x(k.t) + 3, y: k.day ? 12 : 26, class: k.day ? '' : 'soft', 'font-weight': k.day ? 600 : 400 }, k.day ? day(k.t) : clock(k.t));
    });
    D.faults.filter((f) => f.kind === 'down' || f.kind === 'cut').forEach((f) => shade(inside, f));
    strips(inside);
    const lanes = gather();
    edges.filter((e) => (focus ? e.doc === focus : e.hand || !carpet)).forEach((e) => edge(inside, e));
    dots(inside, lanes);
    overview();
  }

  // Of a partition, the sides but the largest are shaded.
  const hit = (f) => (f.cities.length > 1 ? f.cities.slice().sort((a, b) => a.length - b.length).slice(0, -1) : f.cities).flat().filter((code) => city[code]);

  function shade(svg, f) {
    const left = x(f.from), wide = Math.max(3, x(f.until) - left);
    if (left > width() || left + wide < LEFT) return;
    hit(f).forEach((code) => {
      const top = TOP + city[code].i * laneH() + 3;
      const box = el(svg, 'rect', { x: left, y: top, width: wide, height: laneH() - 6, fill: f.kind === 'cut' ? 'url(#hatch)' : 'url(#down)', rx: 4 });
      el(box, 'title', {}, words(f));
      if (wide > 50) el(svg, 'text', { x: left + 5, y: top + 13, class: 'soft' }, say(f.kind));
    });
  }

  // What is worse than it should be, and one link that is cut, is a strip at the foot of the lane, a hostile city one at its head;
  // what touches is one strip.
  function strips(svg) {
    D.cities.forEach((c) => [['worse', 'var(--warn)', laneH() - 8], ['link', 'var(--soft)', laneH() - 13], ['hostile', 'var(--bad)', 6]].forEach(([kind, color, at]) => {
      let open = null;
      const flush = () => { if (open) el(el(svg, 'rect', { x: open.left, y: TOP + city[c.code].i * laneH() + at, width: open.right - open.left, height: 4, rx: 2, fill: color, opacity: 0.75 }), 'title', {},
        [...new Set(open.all.map(words))].slice(0, 12).join('\n')); open = null; };
      D.faults.filter((f) => f.kind === kind && hit(f).includes(c.code)).sort((a, b) => a.from - b.from).forEach((f) => {
        const left = x(f.from), right = Math.max(left + 3, x(f.until));
        if (left > width() || right < LEFT) return;
        if (!open || left > open.right + 1) { flush(); open = { left, right, all: [] }; }
        open.right = Math.max(open.right, right); open.all.push(f);
      });
      flush();
    }));
  }

  function edge(svg, e) {
    const at = (p) => (shown(p) && p.at !== undefined ? p.at : x(p.t)), room = (p) => (shown(p) && p.r) || 6;
    const x1 = at(e.from), y1 = y(e.from.city), x2 = at(e.to), y2 = y(e.to.city), r1 = room(e.from), r2 = room(e.to) + 2;
    if (Math.max(x1, x2) < LEFT || Math.min(x1, x2) > width()) return;
    const down = Math.sign(y2 - y1), bend = Math.max(18, Math.abs(x2 - x1) / 2);
    const d = x2 - x1 < r1 + r2 + 8 ? `M${x1} ${y1 + down * r1} Q${Math.max(x1, x2) + 16} ${(y1 + y2) / 2} ${x2} ${y2 - down * r2}` : `M${x1 + r1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - r2} ${y2}`;
    const path = el(svg, 'path', { d, class: 'arrow dot', stroke: e.hand ? 'var(--accent)' : 'var(--soft)', 'stroke-width': e.hand ? 2 : 1,
      opacity: e.hand ? 0.9 : focus ? 0.7 : 0.25, 'marker-end': `url(#${e.hand ? 'head' : 'soft'})` });
    path.addEventListener('click', () => show(e.to));
  }

  const stands = (p) => !p.status || p.status === 'applied';
  // One act shows what became of it; a badge has its city's colour, and a mark where something in it was refused or bad.
  const fill = (p) => (!p.ok ? 'var(--bad)' : p.refused ? 'var(--warn)' : stands(p) ? city[p.city].color : 'var(--card)');

  // What would lie on top of each other is one badge with a count: groups of each city, in order of time.
  function gather() {
    const apart = points.length > 400 ? 34 : 16, lanes = new Map(D.cities.map((c) => [c.code, []]));
    points.forEach((p) => { p.at = undefined; p.r = undefined; });
    D.cities.forEach((c) => {
      const groups = lanes.get(c.code);
      points.filter((p) => p.city === c.code && shown(p)).forEach((p) => {
        const at = x(p.t), last = groups[groups.length - 1];
        if (at < LEFT - 10 || at > width() + 10) return;
        if (last && at - last.at < apart) last.all.push(p); else groups.push({ at, all: [p] });
      });
      groups.forEach((group) => {
        group.r = group.all.length > 1 ? Math.min(15, 8 + Math.log2(group.all.length) * 2) : group.all[0].auto ? 4 : 6.5;
        group.all.forEach((p) => { p.at = group.at; p.r = group.r; });
      });
    });
    return lanes;
  }

  function dots(svg, lanes) {
    D.cities.forEach((c) => lanes.get(c.code).forEach((group, nth, groups) => {
      badge(svg, c.code, group);
      // The name of an act stands below its dot where there is room for it.
      const next = groups[nth + 1], text = (words(group.all[0]).split('  ')[1] || '').split(/ (?=[^a-z])/)[0] + (group.all.length > 1 ? ' …' : '');
      if (laneH() > 50 && (next ? next.at : 1e9) - group.at > wide(text, 11) + 6) {
        el(svg, 'text', { x: Math.min(group.at, width() - RIGHT - wide(text, 11) / 2), y: y(c.code) + 26, class: 'soft', 'text-anchor': 'middle' }, text);
      }
    }));
  }

  function badge(svg, code, group) {
    const first = group.all[0], many = group.all.length > 1;
    const node = el(svg, 'g', { class: 'dot', transform: `translate(${group.at} ${y(code)})` });
    el(node, 'circle', { r: group.r, fill: many ? city[code].color : fill(first), stroke: city[code].color, 'stroke-width': 2 });
    if (many) {
      const t = el(node, 'text', { 'text-anchor': 'middle', y: 4 }, group.all.length); t.style.fill = '#fff'; t.style.fontWeight = 600;
      const mark = group.all.some((p) => !p.ok) ? 'var(--bad)' : group.all.some((p) => p.refused) ? 'var(--warn)' : group.all.some((p) => !stands(p)) ? 'var(--card)' : null;
      if (mark) el(node, 'circle', { cx: group.r * 0.75, cy: -group.r * 0.75, r: 4, fill: mark, stroke: 'var(--lane)', 'stroke-width': 1.5 });
    }
    el(node, 'title', {}, group.all.slice(0, 12).map((p) => (p.signed ? '≈ ' : '') + clock(p.t) + '  ' + words(p)).join('\n'));
    node.addEventListener('click', () => (many ? several(group.all) : show(first)));
  }

  function overview() {
    const svg = $('overview'), w = width(); svg.replaceChildren(); svg.setAttribute('viewBox', `0 0 ${w} 54`);
    const inner = w - LEFT - RIGHT, bins = new Array(Math.max(20, Math.floor(inner / 6))).fill(0);
    points.filter(shown).forEach((p) => { bins[Math.min(bins.length - 1, Math.floor(place(p.t) * bins.length))]++; });
    const most = Math.max(1, ...bins);
    D.faults.filter((f) => f.kind === 'cut' || f.kind === 'down').forEach((f) => el(svg, 'rect', { x: LEFT + place(f.from) * inner, y: 4, width: Math.max(2, (place(f.until) - place(f.from)) * inner), height: 40, fill: `url(#${f.kind === 'cut' ? 'hatch' : 'down'})` }));
    bins.forEach((n, i) => n && el(svg, 'rect', { x: LEFT + (i * inner) / bins.length, width: inner / bins.length - 1, y: 44 - (n / most) * 34, height: (n / most) * 34, fill: 'var(--accent)', opacity: 0.55, rx: 1 }));
    el(svg, 'line', { x1: LEFT, x2: w - RIGHT, y1: 44.5, y2: 44.5, stroke: 'var(--line)' });
    el(svg, 'rect', { x: LEFT + view[0] * inner, width: (view[1] - view[0]) * inner, y: 2, height: 44, fill: 'var(--accent)', opacity: 0.1, stroke: 'var(--accent)', rx: 6 });
  }

  function title(text) { const box = $('detail'); box.replaceChildren(); html(box, 'h2', {}, text); return box; }

  function show(p) {
    const box = title(words(p));
    html(box, 'p', { class: 't num' }, (p.signed ? '≈ ' : '') + day(p.t) + ' ' + clock(p.t) + ' · ' + name(p.city));
    if (p.refused) html(box, 'p', {}, (p.ok ? say('refused') : say('bad')) + '  ' + p.refused);
    if (p.signed) html(box, 'p', { style: 'color:var(--bad)' }, say('signed') + (lang === 'zh' ? '：' : ': ') + p.signed);
    if (p.status && p.status !== 'applied') html(box, 'p', {}, say(p.status) || p.status);
    if (p.say) html(box, 'p', { class: 'say' }, words(p.say));
    const doc = D.docs.find((d) => d.id === p.doc);
    if (doc) graph(box, doc, p.entry);
  }

  function several(all) {
    const box = title(all.length + ' ' + say('more')), list = html(box, 'ul', { class: 'list' });
    all.forEach((p) => html(list, 'li', {}, (p.signed ? '≈ ' : '') + clock(p.t) + '  ' + words(p)).addEventListener('click', () => show(p)));
  }

  function graph(box, doc, chosen) {
    html(box, 'p', {}, (doc.number || say(doc.kind) || doc.kind) + ' · ' + words(doc.stage));
    const only = html(box, 'button', focus === doc.id ? { class: 'on' } : {}, focus === doc.id ? say('all') : say('only'));
    only.addEventListener('click', () => { focus = focus === doc.id ? null : doc.id; draw(); box.replaceChildren(); documentShown(doc); });
    if (!doc.history.length) return;
    html(box, 'p', { class: 'hint' }, say('dag'));
    const wrap = html(box, 'div', { class: 'scroll' }), svg = document.createElementNS(NS, 'svg'); wrap.appendChild(svg);
    const cities = [...new Set(doc.history.map((h) => h.city))];
    const col = (code) => 14 + cities.indexOf(code) * 22, row = (i) => 16 + i * 26, height = doc.history.length * 26 + 10;
    const line = (h) => words(h) + (h.status === 'applied' ? '' : bracket(say(h.status) || h.status));
    const room = Math.max(300, ...doc.history.map((h) => 20 + cities.length * 22 + wide(line(h)) + 90));
    svg.setAttribute('viewBox', `0 0 ${room} ${height}`); svg.setAttribute('height', height); svg.style.minWidth = room + 'px';
    doc.history.forEach((h, i) => h.parents.forEach((at) => {
      const from = doc.history[at];
      el(svg, 'path', { class: 'arrow', stroke: from.city === h.city ? 'var(--line)' : 'var(--accent)', 'stroke-width': 1.6, d: `M${col(from.city)} ${row(at) + 6} C${col(from.city)} ${row(i) - 8} ${col(h.city)} ${row(at) + 14} ${col(h.city)} ${row(i) - 7}` });
    }));
    doc.history.forEach((h, i) => {
      el(svg, 'circle', { cx: col(h.city), cy: row(i), r: h.id === chosen ? 7 : 5, fill: h.status === 'applied' ? city[h.city].color : 'var(--card)', stroke: city[h.city].color, 'stroke-width': 2 });
      el(svg, 'text', { x: 20 + cities.length * 22, y: row(i) + 4 }, line(h));
      el(svg, 'text', { x: room - 2, y: row(i) + 4, class: 'soft', 'text-anchor': 'end' }, h.signed || day(h.time) + ' ' + clock(h.time));
    });
    const legend = html(box, 'div', { class: 'legend' });
    cities.forEach((code) => { const item = html(legend, 'span'); html(item, 'i', { style: 'background:' + city[code].color }); item.append(name(code)); });
  }

  function documentShown(doc) { graph(title(say('doc')), doc); }

  const hue = (hash) => (hash ? `hsl(${parseInt(hash.slice(0, 4), 16) % 360} 55% 55%)` : 'transparent');

  function documents() {
    const box = $('docs'); box.replaceChildren(); html(box, 'h2', {}, say('docs'));
    const scroll = html(box, 'div', { class: 'scroll' }), table = html(scroll, 'table'), head = html(html(table, 'thead'), 'tr');
    ['number', 'stage', 'holder', 'entries', 'roots'].forEach((key) => html(head, 'th', {}, say(key)));
    const body = html(table, 'tbody');
    D.docs.slice().sort((a, b) => a.equal - b.equal).forEach((doc) => {
      const tr = html(body, 'tr', { class: 'doc' });
      html(tr, 'td', { class: 'num' }, doc.number || [say(doc.kind) || doc.kind, doc.name || doc.id.slice(0, 12)].join(' '));
      html(tr, 'td', {}, words(doc.stage)); html(tr, 'td', {}, doc.holder.map(name).join(lang === 'zh' ? '、' : ', '));
      html(tr, 'td', { class: 'num' }, doc.history.length || '');
      const cell = html(html(tr, 'td'), 'div', { class: 'roots' });
      D.cities.forEach((c) => { const root = doc.roots[c.code]; html(cell, 'span', { class: 'root', title: name(c.code) + ' ' + (root || '—').slice(0, 16), style: root ? 'background:' + hue(root) : 'border:1px dashed var(--line)' }); });
      html(cell, 'span', {}, ' ' + (doc.equal ? '✓ ' + say('equal') : '✗ ' + say('differ'))).style.color = doc.equal ? 'var(--good)' : 'var(--bad)';
      tr.addEventListener('click', () => { documentShown(doc); $('detail').scrollIntoView({ block: 'nearest', behavior: 'smooth' }); });
    });
  }

  function heading() {
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en'; document.title = words(D.title); $('title').textContent = words(D.title);
    $('sub').textContent = `${D.cities.length} ${say('cities')} · ${D.events.length} ${say('events')} · ${D.docs.filter((d) => d.kind === 'case').length} ${say('cases')} · ${day(start)} ${clock(start)} – ${day(end)} ${clock(end)}`;
    const unequal = D.docs.filter((doc) => !doc.equal).length, chips = $('chips'); chips.replaceChildren();
    html(chips, 'span', { class: 'chip ' + (D.ok ? 'good' : 'bad') }, (D.ok ? '✓ ' : '✗ ') + say(D.ok ? 'ok' : 'notok'));
    const away = D.cities.filter((c) => !D.docs.some((doc) => doc.roots[c.code]));
    const state = D.converged ? ['good', '✓ ' + say('conv')] : unequal ? ['bad', '✗ ' + say('notconv') + bracket(unequal + ' ' + say('docsOf'))] : away.length ? ['', say('silent') + away.map((c) => name(c.code)).join(lang === 'zh' ? '、' : ', ')] : ['bad', '✗ ' + say('lacking')];
    html(chips, 'span', { class: 'chip ' + state[0] }, state[1]);
    html(chips, 'button', {}, lang === 'zh' ? 'English' : '中文').addEventListener('click', () => { lang = lang === 'zh' ? 'en' : 'zh'; all(); });
    const bar = $('bar'); bar.replaceChildren();
    for (const key of ['even', 'real']) html(bar, 'button', mode === key ? { class: 'on' } : {}, say(key)).addEventListener('click', () => { mode = key; view = [0, 1]; all(); });
    html(bar, 'button', {}, say('fit')).addEventListener('click', () => { view = [0, 1]; draw(); });
    html(bar, 'button', {}, '＋').addEventListener('click', () => zoom(0.6, 0.5)); html(bar, 'button', {}, '－').addEventListener('click', () => zoom(1 / 0.6, 0.5));
    html(bar, 'span', { class: 'hint grow' }, say('pick'));
    const legend = $('legend'); legend.replaceChildren();
    const kinds = new Set(D.faults.map((f) => f.kind)), bars = ['', ';height:4px;width:16px;border-radius:2px;vertical-align:3px', ';opacity:.35;border-radius:2px'];
    for (const [color, key, thin] of [['var(--accent)', 'hand'], ['var(--soft)', 'other'], ['var(--warn)', 'refused'], ['var(--bad)', 'bad'], ['var(--shade)', 'cut', 2], ['var(--ink)', 'down', 2], ['var(--warn)', 'worse', 1], ['var(--soft)', 'link', 1], ['var(--bad)', 'hostile', 1]]) {
      if (thin && !kinds.has(key)) continue;
      const item = html(legend, 'span'); html(item, 'i', { style: 'background:' + color + (bars[thin] || '') }); item.append(say(key === 'other' && carpet ? 'linesOf' : key));
    }
    const box = $('faults'); box.replaceChildren(); html(box, 'h2', {}, say('faults'));
    if (!D.faults.length) html(box, 'p', { class: 'hint' }, say('none'));
    const list = html(box, 'ul', { class: 'list' });
    D.faults.forEach((f) => html(list, 'li', {}, `${day(f.from)} ${clock(f.from)} – ${day(f.until) === day(f.from) ? '' : day(f.until) + ' '}${clock(f.until)}  ${words(f)}`).addEventListener('click', () => {
      const a = place(f.from), b = place(f.until), room = Math.max(0.04, b - a); view = [Math.max(0, a - room / 2), Math.min(1, b + room / 2)]; draw();
    }));
    D.asked.filter((a) => !a.ok).forEach((a) => html(list, 'li', { style: 'color:var(--bad)' }, `✗ ${say('expect')} ${a.line}: ${a.text}`));
  }

  function zoom(factor, at) {
    const middle = view[0] + at * (view[1] - view[0]), size = Math.min(1, Math.max(0.0005, (view[1] - view[0]) * factor));
    let left = middle - at * size; left = Math.min(1 - size, Math.max(0, left)); view = [left, left + size]; draw();
  }
  const share = (event) => Math.min(1, Math.max(0, (event.offsetX - LEFT) / (width() - LEFT - RIGHT)));
  $('map').addEventListener('wheel', (event) => { event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX / width()); else zoom(Math.exp(event.deltaY / 400), share(event)); }, { passive: false });
  function pan(by) { const size = view[1] - view[0], left = Math.min(1 - size, Math.max(0, view[0] + by * size)); view = [left, left + size]; draw(); }
  let drag = null;
  $('map').addEventListener('pointerdown', (event) => { drag = event.clientX; });
  window.addEventListener('pointermove', (event) => { if (drag === null || Math.abs(event.clientX - drag) < 3) return; $('map').classList.add('drag'); pan((drag - event.clientX) / (width() - LEFT)); drag = event.clientX; });
  window.addEventListener('pointerup', () => { drag = null; $('map').classList.remove('drag'); });
  const jump = (event) => { const size = view[1] - view[0], left = Math.min(1 - size, Math.max(0, share(event) - size / 2)); view = [left, left + size]; draw(); };
  $('overview').addEventListener('pointerdown', jump); $('overview').addEventListener('pointermove', (event) => event.buttons && jump(event));
  window.addEventListener('keydown', (event) => { const keys = { '+': () => zoom(0.6, 0.5), '-': () => zoom(1 / 0.6, 0.5), ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2), Escape: () => { focus = null; view = [0, 1]; draw(); } }; keys[event.key]?.(); });
  window.addEventListener('resize', draw);
  function all() {
    heading(); draw(); documents();
    const first = D.docs.find((doc) => doc.id === focus) || D.docs[0];
    if (first && first.history.length) documentShown(first); else html(title(say('detail')), 'p', { class: 'hint' }, say('pick'));
  }
  all();
})();
