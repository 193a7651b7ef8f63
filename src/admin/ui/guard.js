// Unsaved changes: leaving the screen asks once.
import { useLayoutEffect } from '../vendor/preact.js';
import { t } from '../text.js';
import { setGuard } from '../lib/router.js';
import { ask } from './dialog.js';

export function useGuard(dirty) {
  useLayoutEffect(() => {
    setGuard(dirty ? () => ask({ title: t.leave.title, body: t.leave.body,
      action: t.leave.action, danger: true }) : null);
    return () => setGuard(null);
  }, [dirty]);
}
