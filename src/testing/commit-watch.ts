import { isCommit } from './commit-text.js';
import type { CommitClaim, LostCommits } from './lost-commits.js';
import { type Message, MessageReader } from './message-reader.js';

/** What a client may send before it is let in, instead of a version. */
const CANCEL_REQUEST = 80_877_102;
const ENCRYPTION_REQUESTS = [80_877_103, 80_877_104];
const MAJOR_VERSION = 3;

/** What the server answers with one `ReadyForQuery`: a simple query, or all up to a Sync. */
interface Cycle {
  /** How many statements were sent for execution. */
  sent: number;
  /** How many of them were answered. */
  answered: number;
  /** The COMMIT among them that is to be lost, by its number. */
  commit?: { readonly number: number; readonly claim: CommitClaim };
}

/**
 * Reads along in one connection, and says where it is to be cut so that a COMMIT is lost.
 *
 * Replies are matched to what was sent by counting them, for clients may send statements without waiting for replies.
 */
export class CommitWatch {
  readonly #commits: LostCommits;
  readonly #client = new MessageReader(false);
  readonly #server = new MessageReader(true);
  readonly #commitStatements = new Set<string>();
  readonly #commitPortals = new Set<string>();
  /** The oldest first; the last one is still being sent. */
  readonly #cycles: Cycle[] = [{ sent: 0, answered: 0 }];
  #asksForEncryption = false;
  #unseen: Error | undefined;

  constructor(commits: LostCommits) {
    this.#commits = commits;
  }

  /** Why COMMITs can't be seen here, where they can't. */
  get unseen(): Error | undefined {
    return this.#unseen;
  }

  /** How many bytes of the chunk go to the server. Where it is fewer than all, the connection is to be cut. */
  fromClient(chunk: Buffer): number {
    if (this.#unseen) return chunk.length;
    for (const message of this.#client.read(chunk)) {
      if (this.#noteSent(message)?.mode === 'before-commit') return message.start;
    }
    if (this.#client.broken) this.#giveUp();
    return chunk.length;
  }

  /** How many bytes of the chunk go to the client. Where it is fewer than all, the connection is to be cut. */
  fromServer(chunk: Buffer): number {
    if (this.#unseen) return chunk.length;
    const begin = this.#readEncryptionAnswer(chunk);
    for (const message of this.#server.read(chunk.subarray(begin))) {
      if (this.#losesReply(message)) return begin + message.start;
    }
    return chunk.length;
  }

  /** Nothing more will come: claims that are open here go back. */
  end(): void {
    for (const cycle of this.#cycles) this.#giveBack(cycle);
  }

  /** Returns the claim where the message is a COMMIT that is to be lost. */
  #noteSent({ type, body, whole }: Message): CommitClaim | undefined {
    switch (type) {
      case '':
        this.#noteStartup(body);
        return undefined;
      case 'Q': {
        const claim = this.#noteExecution(whole && isCommit(textsOf(body)[0]));
        this.#beginCycle();
        return claim;
      }
      case 'P': {
        const [name, text] = textsOf(body);
        keep(this.#commitStatements, name, whole && isCommit(text));
        return undefined;
      }
      case 'B': {
        const [portal, statement] = textsOf(body);
        keep(this.#commitPortals, portal, this.#commitStatements.has(statement));
        return undefined;
      }
      case 'E':
        return this.#noteExecution(this.#commitPortals.has(textsOf(body)[0]));
      case 'S':
      case 'F':
        this.#beginCycle();
        return undefined;
      default:
        return undefined;
    }
  }

  #noteStartup(body: Buffer): void {
    const code = body.readInt32BE(0);
    if (ENCRYPTION_REQUESTS.includes(code)) this.#asksForEncryption = true;
    else if (code >> 16 === MAJOR_VERSION) {
      this.#client.expectTypes();
      // Letting a client in ends with a ReadyForQuery of its own.
      this.#beginCycle();
    } else if (code !== CANCEL_REQUEST) this.#giveUp();
  }

  /** The answer to a request for encryption is one letter without a length. Returns where messages begin. */
  #readEncryptionAnswer(chunk: Buffer): number {
    if (!this.#asksForEncryption) return 0;
    this.#asksForEncryption = false;
    const answer = chunk.toString('latin1', 0, 1);
    if (answer === 'N') return 1;
    // Anything but a yes is the error of a server that knows no encryption.
    if (answer === 'S' || answer === 'G') this.#giveUp();
    return 0;
  }

  #noteExecution(commits: boolean): CommitClaim | undefined {
    const cycle = this.#cycles.at(-1);
    if (cycle === undefined) return undefined;
    const number = cycle.sent++;
    const claim = commits && cycle.commit === undefined ? this.#commits.claim() : undefined;
    if (claim?.mode === 'before-commit') this.#commits.lose(claim);
    else if (claim) cycle.commit = { number, claim };
    return claim;
  }

  #beginCycle(): void {
    this.#cycles.push({ sent: 0, answered: 0 });
  }

  #losesReply({ type, body }: Message): boolean {
    const cycle = this.#cycles[0];
    if (cycle === undefined) return false;
    if (type === 'Z') {
      this.#giveBack(cycle);
      this.#cycles.shift();
    } else if (type === 'C' || type === 'I' || type === 's') {
      if (cycle.answered++ !== cycle.commit?.number) return false;
      if (textsOf(body)[0] === 'COMMIT') return this.#commits.lose(cycle.commit.claim);
      this.#giveBack(cycle);
    }
    return false;
  }

  #giveBack(cycle: Cycle): void {
    if (cycle.commit) this.#commits.giveBack(cycle.commit.claim);
    delete cycle.commit;
  }

  #giveUp(): void {
    this.end();
    this.#unseen = new Error(
      'A connection through the outage proxy is encrypted, or it is not PostgreSQL that is spoken: its COMMITs can not be seen. ' +
        'Let the service connect to the proxy without TLS.',
    );
    this.#commits.noteUnseen(this.#unseen);
  }
}

/** The first two texts of a body, each ended by a zero byte. */
function textsOf(body: Buffer): [string, string] {
  const [first = '', second = ''] = body.toString('utf8').split('\0', 2);
  return [first, second];
}

function keep(names: Set<string>, name: string, wanted: boolean): void {
  if (wanted) names.add(name);
  else names.delete(name);
}
