// Where the focus goes when what had it is gone from the page: to the heading
// of the screen, never to nowhere.
export function refocus() {
  const { activeElement, body } = document;
  if (activeElement && activeElement !== body) return;
  document.querySelector('main h1')?.focus({ preventScroll: true });
}

// Runs `change`, which may take the focused element off the page.
export function keepFocus(change) {
  const had = document.activeElement !== document.body;
  change();
  // The page is drawn anew after the present task.
  if (had) setTimeout(refocus, 50);
}
