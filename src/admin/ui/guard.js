// Unsaved changes, or work under way: leaving the screen asks once.
import { useLayoutEffect } from '../vendor/preact.js';
import { t } from '../text.js';
import { setGuard } from '../lib/router.js';
import { ask } from './dialog.js';

export function useGuard(on, words = t.leave) {
  useLayoutEffect(() => {
    setGuard(on ? () => ask({ ...words, danger: true }) : null);
    return () => setGuard(null);
  }, [!!on]);
}
