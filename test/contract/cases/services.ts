import { type ContractCase, feature } from '../contract-case.js';
import { alteredModel, enumChanges, references, retyped } from './services/changes.js';
import { auth, chat } from './services/chat.js';
import { calendar, eventStore } from './services/history.js';
import { foldedNames, namedModels, oddNames } from './services/names.js';
import { REFUSED } from './services/refused.js';
import { jobQueue, tenants } from './services/saas.js';
import { numberedSeeds } from './services/seeds.js';
import { migratedShop, sellingShop } from './services/shop.js';
import { signaling } from './services/signaling.js';
import { everyViolation } from './services/violations.js';

const chapter = 'Services';

export const serviceCases: readonly ContractCase[] = [
  ...feature(chapter, 'a shop', {
    'migrated up, down and up again': migratedShop,
    'sells, and refuses': sellingShop,
  }),
  ...feature(chapter, 'software for several tenants', { 'each in a schema of its own': tenants }),
  ...feature(chapter, 'a job queue', { 'in raw SQL': jobQueue }),
  ...feature(chapter, 'a signaling server', { 'rooms, messages, sessions': signaling }),
  ...feature(chapter, 'a chat', { 'with JSONB and arrays': chat }),
  ...feature(chapter, 'users', { 'with mail addresses, tokens and sessions': auth }),
  ...feature(chapter, 'an event store', { 'appended to': eventStore }),
  ...feature(chapter, 'a calendar', { 'with ranges': calendar }),
  ...feature(chapter, 'texts in several languages', { 'by an enum that changes': enumChanges }),
  ...feature(chapter, 'a model that changes', {
    'sync({ alter }) again and again': alteredModel,
    'columns retyped by expressions': retyped,
  }),
  ...feature(chapter, 'seeds', { 'with numbers of their own, and setval': numberedSeeds }),
  ...feature(chapter, 'references', { 'in circles, with every rule': references }),
  ...feature(chapter, 'violated constraints', { 'in each way that a program writes': everyViolation }),
  ...feature(chapter, 'what needs PostgreSQL', REFUSED),
  ...feature(chapter, 'names', {
    'that need quotes': oddNames,
    'that PostgreSQL folds and cuts': foldedNames,
    'of models, tables and fields': namedModels,
  }),
];
