import { Sequelize } from 'sequelize';
import type { SequelizeClassInternals } from '../sequelize-internals.js';

/** The program's static `beforeInit` and `afterInit` hooks saw the handle being made; its private instances are not for them. */
export function withoutInitHooks<T>(make: () => T): T {
  const { options } = Sequelize as unknown as SequelizeClassInternals;
  const { hooks } = options;
  options.hooks = {};
  try {
    return make();
  } finally {
    options.hooks = hooks;
  }
}
