import { SchemaChangeError } from './schema-change.js';
import { databaseError } from './step.js';

/** Functions for UUIDs that a PostgreSQL may lack, and the extension that brings them. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  uuid_generate_v4: 'uuid-ossp',
  uuid_generate_v1: 'uuid-ossp',
  gen_random_uuid: 'pgcrypto',
};

/** Says how to get a function for a default that PostgreSQL doesn't know. */
export async function withFunctionsExplained<T>(subject: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = databaseError(error);
    const [name = ''] = /[a-z_\d]+(?=\()/.exec(message) ?? [];
    const extension = EXTENSIONS[name];
    if (code !== '42883' || extension === undefined) throw error;
    throw new SchemaChangeError(
      subject,
      `this PostgreSQL has no function ${name}()`,
      `Create its extension first: await createExtensionSafe(queryInterface, '${extension}').${extension === 'uuid-ossp' ? ' Or take uuidDefault(queryInterface), which needs none since PostgreSQL 13.' : ''}`,
      { cause: error },
    );
  }
}
