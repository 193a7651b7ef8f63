// THE table of screens: address, component, part of the main menu.
import { Webhooks } from './screens/webhooks.js';
import { WebhookForm } from './screens/webhook-form.js';
import { TestEvent } from './screens/test-event.js';
import { Secret } from './screens/secret.js';
import { Deliveries } from './screens/deliveries.js';
import { Delivery } from './screens/delivery.js';
import { Events, Event } from './screens/events.js';
import { Collections, CollectionForm } from './screens/collections.js';
import { Items } from './screens/items.js';
import { ItemForm } from './screens/item-form.js';
import { Tokens } from './screens/tokens.js';
import { TokenForm } from './screens/token-form.js';
import { Health } from './screens/health.js';

export const routes = [
  ['/webhooks', Webhooks, 'webhooks'],
  ['/webhooks/new', WebhookForm, 'webhooks'],
  ['/webhooks/:id', WebhookForm, 'webhooks'],
  ['/webhooks/:id/deliveries', Deliveries, 'webhooks'],
  ['/webhooks/:id/test', TestEvent, 'webhooks'],
  ['/webhooks/:id/secret', Secret, 'webhooks'],
  ['/deliveries', Deliveries, 'deliveries'],
  ['/deliveries/:id', Delivery, 'deliveries'],
  ['/events', Events, 'events'],
  ['/events/:id', Event, 'events'],
  ['/collections', Collections, 'collections'],
  ['/collections/new', CollectionForm, 'collections'],
  ['/collections/:name', Items, 'collections'],
  ['/collections/:name/new', ItemForm, 'collections'],
  ['/collections/:name/items/:id', ItemForm, 'collections'],
  ['/tokens', Tokens, 'tokens'],
  ['/tokens/new', TokenForm, 'tokens'],
  ['/health', Health, 'health'],
];

export const menu = ['webhooks', 'deliveries', 'events', 'collections',
  'tokens', 'health'];
