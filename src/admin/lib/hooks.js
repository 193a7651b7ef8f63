// What screens share: loading, preferences, polling.
import { useCallback, useEffect, useRef, useState } from '../vendor/preact.js';
import { keepFocus } from './focus.js';

// Runs `load` when a dependency changes; an answer that comes too late is
// dropped. `reload(how)` keeps what is shown until the new answer is there;
// `load` is given what is shown, and `how`.
export function useLoad(load, deps) {
  const [state, setState] = useState({ loading: true });
  const turn = useRef(0);
  const shown = useRef();
  const run = useCallback(async (how) => {
    const mine = ++turn.current;
    setState((old) => ({ ...old, loading: true }));
    try {
      const data = await load(shown.current, how);
      if (mine !== turn.current) return;
      shown.current = data;
      keepFocus(() => setState({ data, loading: false }));
    } catch (error) {
      if (mine === turn.current)
        setState((old) => ({ data: old.data, error, loading: false }));
    }
  }, deps);
  useEffect(() => {
    run();
    return () => { turn.current++; };
  }, [run]);
  // What is set here is newer than any answer under way.
  const setData = (change) => {
    turn.current++;
    shown.current = change(shown.current);
    setState({ data: shown.current, loading: false });
  };
  return { ...state, reload: run, setData };
}

// `act`, so that a second press does nothing while the first is at work.
export function useOnce(act) {
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const run = async (...args) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    try { await act(...args); } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return [run, busy];
}

// The same for a form.
export function useSubmit(act) {
  const [run, busy] = useOnce(act);
  return [(event) => {
    event.preventDefault();
    run();
  }, busy];
}

// While `on` and the tab is seen; the next call waits for the one before.
export function usePoll(on, everyMs, call) {
  const latest = useRef(call);
  latest.current = call;
  useEffect(() => {
    if (!on) return undefined;
    let busy = false;
    const timer = setInterval(async () => {
      if (busy || document.hidden) return;
      busy = true;
      try { await latest.current(); } finally { busy = false; }
    }, everyMs);
    return () => clearInterval(timer);
  }, [on, everyMs]);
}

export function usePreference(name, preset) {
  const key = `webhooks-${name}`;
  const [value, setValue] = useState(localStorage.getItem(key) ?? preset);
  return [value, (next) => {
    localStorage.setItem(key, next);
    setValue(next);
  }];
}

export function useDebounced(value, ms) {
  const [late, setLate] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return late;
}

// A text that stands in the address: `onValue` a moment after the last key;
// an address changed from elsewhere shows in the field.
export function useAddressText(value, onValue) {
  const [text, setText] = useState(value ?? '');
  const known = useRef(value ?? '');
  const late = useDebounced(text, 250);
  useEffect(() => {
    if (late.trim() === known.current) return;
    known.current = late.trim();
    onValue(known.current);
  }, [late]);
  useEffect(() => {
    if ((value ?? '') === known.current) return;
    known.current = value ?? '';
    setText(known.current);
  }, [value]);
  return [text, setText];
}

// Rows chosen by their check box.
export function useSelection(rows) {
  const [chosen, setChosen] = useState(new Set());
  const ids = (rows ?? []).map((row) => row.id);
  const known = JSON.stringify(ids);
  useEffect(() => {
    setChosen((old) => new Set([...old].filter((id) => ids.includes(id))));
  }, [known]);
  return {
    ids: [...chosen],
    has: (id) => chosen.has(id),
    all: ids.length > 0 && ids.every((id) => chosen.has(id)),
    toggle: (id) => setChosen((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    }),
    toggleAll: () => setChosen((old) =>
      ids.every((id) => old.has(id)) ? new Set() : new Set(ids)),
    clear: () => setChosen(new Set()),
  };
}
