// Form fields with their hint and their error at the field.
import { html, useId, useLayoutEffect, useRef, useState }
  from '../vendor/preact.js';
import { t } from '../text.js';

// `input` gets the attributes that tie it to label, hint and error.
export function Field({ label, hint, error, input, wide }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`]
    .filter(Boolean).join(' ') || undefined;
  return html`<div class="field ${wide ? 'wide' : ''}">
    <label for=${id}>${label}</label>
    ${input({ id, 'aria-describedby': described,
      'aria-invalid': error ? 'true' : undefined })}
    ${hint && html`<small id="${id}-hint" class="hint">${hint}</small>`}
    ${error && html`<small id="${id}-error" class="field-error">${
      error}</small>`}</div>`;
}

export function Text({ label, hint, error, value, onValue, wide, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} error=${error} wide=${wide}
    input=${(tie) => html`<input type="text" autocomplete="off" ...${rest}
      ...${tie} value=${value ?? ''}
      onInput=${(event) => onValue(event.currentTarget.value)} />`} />`;
}

export function Area({ label, hint, error, value, onValue, rows = 6, prose }) {
  return html`<${Field} label=${label} hint=${hint} error=${error} wide=${true}
    input=${(tie) => html`<textarea rows=${rows}
      spellcheck=${prose ? 'true' : 'false'} class=${prose ? '' : 'code'} ...${tie} value=${value ?? ''}
      onInput=${(event) => onValue(event.currentTarget.value)} />`} />`;
}

export function Choice({ label, hint, error, value, onValue, options }) {
  return html`<${Field} label=${label} hint=${hint} error=${error}
    input=${(tie) => html`<select ...${tie} value=${value}
        onChange=${(event) => onValue(event.currentTarget.value)}>
      ${options.map(([v, words]) => html`<option key=${v} value=${v}
        selected=${v === value}>${words}</option>`)}</select>`} />`;
}

export function Check({ label, hint, value, onValue, role }) {
  const id = useId();
  return html`<div class="field check">
    <label for=${id}><input id=${id} type="checkbox" role=${role}
      checked=${!!value} aria-describedby=${hint && `${id}-hint`}
      onChange=${(event) => onValue(event.currentTarget.checked)} />
      ${label}</label>
    ${hint && html`<small id="${id}-hint" class="hint">${hint}</small>`}</div>`;
}

// Several of a few, as check boxes.
export function Checks({ label, error, value, onValue, options }) {
  const id = useId();
  return html`<fieldset class="field" aria-describedby=${error &&
      `${id}-error`} aria-invalid=${error ? 'true' : undefined}>
    <legend>${label}</legend>
    <div class="row">${options.map(([v, words]) => html`<label key=${v}>
      <input type="checkbox" checked=${value.includes(v)}
        onChange=${() => onValue(options.map(([o]) => o).filter((o) =>
          o === v ? !value.includes(v) : value.includes(o)))} />
      ${words}</label>`)}</div>
    ${error && html`<small id="${id}-error" class="field-error">${
      error}</small>`}</fieldset>`;
}

// A list of free words with suggestions. `onWant` is called when someone
// comes here, so that suggestions are asked for only then.
export function TagsField({ label, hint, error, value, onValue, suggestions,
  onWant }) {
  const [text, setText] = useState('');
  const add = (words) => {
    const names = words.split(',').map((name) => name.trim()).filter(Boolean);
    onValue([...new Set([...value, ...names])]);
    setText('');
  };
  const rest = (suggestions ?? []).filter((name) => !value.includes(name));
  const press = (event) => {
    if (event.key === 'Enter' && text.trim()) {
      event.preventDefault();
      add(text);
    } else if (event.key === 'Backspace' && !text && value.length) {
      onValue(value.slice(0, -1));
    }
  };
  return html`<${Field} label=${label} hint=${hint} error=${error} wide=${true}
    input=${(tie) => html`<div class="tags-field">
      ${value.map((name) => html`<span class="tag" key=${name}>${name}
        <button type="button" class="plain" aria-label=${
          t.form.removeTag(name)}
          onClick=${() => onValue(value.filter((v) => v !== name))}>×</button>
        </span>`)}
      <input type="text" autocomplete="off" ...${tie} value=${text}
        onFocus=${onWant} onKeyDown=${press}
        onBlur=${() => text.trim() && add(text)}
        onInput=${(event) => event.currentTarget.value.endsWith(',')
          ? add(event.currentTarget.value)
          : setText(event.currentTarget.value)} /></div>
      ${rest.length > 0 && html`<div class="suggestions">
        <small>${t.form.suggestions}</small>
        ${rest.slice(0, 8).map((name) => html`<button type="button" key=${name}
          class="tag tag-add" aria-label=${t.form.addTag(name)}
          onClick=${() => add(name)}>+ ${name}</button>`)}</div>`}`} />`;
}

// Pairs of name and value.
export function HeadersField({ value, onValue, error }) {
  const set = (i, change) => onValue(value.map((row, at) =>
    at === i ? { ...row, ...change } : row));
  return html`<fieldset class="field wide">
    <legend>${t.form.headers}</legend>
    ${value.map((row, i) => html`<div class="pair" key=${i}>
      <input type="text" aria-label=${`${t.form.header} ${i + 1}`}
        placeholder="X-Name" value=${row.header} spellcheck="false"
        autocomplete="off"
        onInput=${(event) => set(i, { header: event.currentTarget.value })} />
      <input type="text" aria-label=${`${t.form.value} ${i + 1}`}
        value=${row.value} spellcheck="false" autocomplete="off"
        onInput=${(event) => set(i, { value: event.currentTarget.value })} />
      <button type="button" class="secondary outline small"
        aria-label=${t.form.removeHeader(row.header)}
        onClick=${() => onValue(value.filter((_, at) => at !== i))}>×</button>
    </div>`)}
    <button type="button" class="secondary outline small"
      onClick=${() => onValue([...value, { header: '', value: '' }])}>${
      t.form.addHeader}</button>
    ${value.length > 0 && html` <small class="hint">${
      t.form.headersMasked}</small>`}
    ${error && html`<small class="field-error">${error}</small>`}</fieldset>`;
}

// What went wrong, above the form; it takes the focus.
export function Summary({ errors, labels }) {
  const ref = useRef();
  const list = Object.entries(errors ?? {});
  const known = JSON.stringify(list);
  useLayoutEffect(() => { if (list.length) ref.current.focus(); }, [known]);
  if (list.length === 0) return null;
  return html`<div class="box box-bad" role="alert" tabindex="-1" ref=${ref}>
    <strong>${t.errors.summary(list.length)}</strong>
    <ul>${list.map(([name, words]) => html`<li key=${name}>
      ${labels[name] ? `${labels[name]}: ` : ''}${words}</li>`)}</ul></div>`;
}
