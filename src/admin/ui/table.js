// Tables that become cards on narrow screens; pages; the bar over chosen rows.
import { html } from '../vendor/preact.js';
import { t } from '../text.js';
import { refine } from '../lib/router.js';

// columns: {key, name, cell(row), sort?, hidden name?}; selection is of
// useSelection. The first column's link carries data-row.
export function Table({ label, columns, rows, selection, sort, query, nameOf }) {
  return html`<div class="table-place"><table class="rows">
    <caption class="unseen">${label}</caption>
    <thead><tr>
      ${selection && html`<th scope="col" class="choose">
        <input type="checkbox" aria-label=${t.chooseAll}
          checked=${selection.all} onChange=${selection.toggleAll} /></th>`}
      ${columns.map((column) => html`<${Column} key=${column.key}
        column=${column} sort=${sort} query=${query} />`)}
    </tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row.id}
        class=${row.fresh ? 'fresh' : ''}>
      ${selection && html`<td class="choose"><input type="checkbox" data-choose
        aria-label=${t.choose(nameOf(row))} checked=${selection.has(row.id)}
        onChange=${() => selection.toggle(row.id)} /></td>`}
      ${columns.map((column) => html`<td key=${column.key}
        class="cell-${column.key}" data-label=${column.name}>${
        column.cell(row)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

function Column({ column, sort, query }) {
  if (!column.sort)
    return html`<th scope="col" class="cell-${column.key}">${column.name}</th>`;
  const up = sort === column.sort, down = sort === `-${column.sort}`;
  return html`<th scope="col" class="cell-${column.key}"
      aria-sort=${up ? 'ascending' : down ? 'descending' : undefined}>
    <button type="button" class="plain sort" title=${t.sortBy(column.name)}
      onClick=${() => refine({ ...query, page: undefined,
        sort: up ? `-${column.sort}` : column.sort })}>
      ${column.name}<span aria-hidden="true">${
        up ? ' ↑' : down ? ' ↓' : ''}</span></button></th>`;
}

export function Chosen({ selection, children }) {
  if (selection.ids.length === 0) return null;
  return html`<div class="chosen" role="group" aria-label=${t.bulk}>
    <strong>${t.chosen(selection.ids.length)}</strong>${children}</div>`;
}

// Pages by number; `count` is how many rows fit the filter, if known.
export function Pages({ query, page, more, count, size }) {
  if (page === 1 && !more) return null;
  const to = (n) => refine({ ...query, page: n > 1 ? n : undefined });
  return html`<nav class="pages" aria-label=${t.pages}>
    <button type="button" class="outline secondary small"
      disabled=${page === 1} onClick=${() => to(page - 1)}>${
      t.previous}</button>
    <span>${t.page(page)}${count !== undefined &&
      ` / ${Math.max(1, Math.ceil(count / size))}`}</span>
    <button type="button" class="outline secondary small" disabled=${!more}
      onClick=${() => to(page + 1)}>${t.next}</button></nav>`;
}

// Steps by id, newest first: costs the same at row ten and at row a million.
export function Steps({ query, rows, more }) {
  const first = rows[0]?.id, last = rows.at(-1)?.id;
  if (!query.before && !query.after && !more) return null;
  const isNewest = !query.before && !query.after;
  return html`<nav class="pages" aria-label=${t.pages}>
    <button type="button" class="outline secondary small" disabled=${isNewest}
      onClick=${() => refine({ ...query, before: undefined,
        after: first })}>${t.newer}</button>
    <button type="button" class="outline secondary small"
      disabled=${!more && !query.after}
      onClick=${() => refine({ ...query, after: undefined, before: last })}>${
      t.older}</button></nav>`;
}

export function Select({ name, value, onChange, options, label }) {
  return html`<select name=${name} aria-label=${label} value=${value ?? ''}
      onChange=${(event) => onChange(event.currentTarget.value)}>
    ${options.map(([v, words]) => html`<option key=${v} value=${v}
      selected=${v === (value ?? '')}>${words}</option>`)}</select>`;
}
