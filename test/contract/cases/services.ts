import { type ContractCase, feature } from '../contract-case.js';
import { jobQueue, tenants } from './services/saas.js';
import { migratedShop, sellingShop } from './services/shop.js';

const chapter = 'Services';

export const serviceCases: readonly ContractCase[] = [
  ...feature(chapter, 'a shop', {
    'migrated up, down and up again': migratedShop,
    'sells, and refuses': sellingShop,
  }),
  ...feature(chapter, 'software for several tenants', { 'each in a schema of its own': tenants }),
  ...feature(chapter, 'a job queue', { 'in raw SQL': jobQueue }),
];
