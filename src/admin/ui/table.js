// Tables that become cards on narrow screens; pages; the bar over chosen rows.
import { html, useEffect } from '../vendor/preact.js';
import { t } from '../text.js';
import { refocus } from '../lib/focus.js';
import { useAddressText } from '../lib/hooks.js';
import { refine } from '../lib/router.js';

// columns: {key, name, cell(row), sort?, place?}; selection is of useSelection.
// place says where a card has the cell: 'lead' is its title, 'end' stands
// beside it. The row's main link carries data-row.
export function Table({ label, columns, rows, selection, sort, query, nameOf }) {
  return html`<div class="table-place"><table class="rows">
    <caption class="unseen">${label}</caption>
    <thead><tr>
      ${selection && html`<th scope="col" class="choose"
          data-label=${t.chooseAll}>
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
        class="cell-${column.key} ${column.place ?? ''}"
        data-label=${column.name}>${column.cell(row)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

function Column({ column, sort, query }) {
  if (!column.sort)
    return html`<th scope="col" class="cell-${column.key}">${column.name}</th>`;
  const up = sort === column.sort, down = sort === `-${column.sort}`;
  return html`<th scope="col" class="cell-${column.key} sortable"
      aria-sort=${up ? 'ascending' : down ? 'descending' : undefined}>
    <button type="button" class="plain sort" title=${t.sortBy(column.name)}
      onClick=${() => refine({ ...query, page: undefined,
        sort: up ? `-${column.sort}` : column.sort })}>
      ${column.name}<span aria-hidden="true">${
        up ? ' ↑' : down ? ' ↓' : ''}</span></button></th>`;
}

export function Chosen({ selection, children }) {
  const none = selection.ids.length === 0;
  // The bar goes, and whoever pressed one of its buttons starts at the top.
  useEffect(() => { if (none) refocus(); }, [none]);
  if (none) return null;
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
  const first = rows[0], last = rows.at(-1);
  if (!query.before && !query.after && !more) return null;
  const isNewest = !query.before && !query.after;
  return html`<nav class="pages" aria-label=${t.pages}>
    <button type="button" class="outline secondary small" disabled=${isNewest}
      onClick=${() => refine({ ...query, before: undefined,
        after: first?.id, at: first?.created_at })}>${t.newer}</button>
    <button type="button" class="outline secondary small"
      disabled=${!more && !query.after}
      onClick=${() => refine({ ...query, after: undefined,
        before: last?.id, at: last?.created_at })}>${
      t.older}</button></nav>`;
}

// The row of filters above a list. What is chosen stands in the address at
// once, so there is nothing to submit.
export const Filters = ({ children }) => html`<search>
  <form class="filters" onSubmit=${(event) => event.preventDefault()}>${
    children}</form></search>`;

// A text filter; its words are placeholder and name.
export function TextFilter({ words, value, onValue, type = 'text', list }) {
  const [text, setText] = useAddressText(value, onValue);
  return html`<input type=${type} aria-label=${words} placeholder=${words}
    value=${text} list=${list} autocomplete="off"
    onInput=${(event) => setText(event.currentTarget.value)} />`;
}

export function Select({ name, value, onChange, options, label }) {
  return html`<select name=${name} aria-label=${label} value=${value ?? ''}
      onChange=${(event) => onChange(event.currentTarget.value)}>
    ${options.map(([v, words]) => html`<option key=${v} value=${v}
      selected=${v === (value ?? '')}>${words}</option>`)}</select>`;
}
