import { describe, expect, it } from 'vitest';
import { CommitWatch } from '../../src/testing/commit-watch.js';
import { LostCommits } from '../../src/testing/lost-commits.js';
import type { LostCommitMode } from '../../src/testing/outage-controller.js';
import { client, server } from './wire.js';

const letIn = [server.authenticationOk(), server.ready()];

function watched(count: number, mode: LostCommitMode = 'after-commit') {
  const commits = new LostCommits();
  const watch = new CommitWatch(commits);
  /** How many of the bytes pass. */
  const sends = (...messages: Buffer[]): number => watch.fromClient(Buffer.concat(messages));
  const answers = (...messages: Buffer[]): number => watch.fromServer(Buffer.concat(messages));
  sends(client.startup());
  answers(...letIn);
  if (count > 0) commits.arm(count, mode);
  return { commits, watch, sends, answers };
}

const sizeOf = (...messages: Buffer[]): number => Buffer.concat(messages).length;

/** A chunk that passes as a whole. */
const passes = (pass: (...messages: Buffer[]) => number, ...messages: Buffer[]): void => {
  expect(pass(...messages)).toBe(sizeOf(...messages));
};

describe('after the COMMIT', () => {
  it('lets all pass up to the reply of the COMMIT', () => {
    const { commits, sends, answers } = watched(1);
    passes(sends, client.query('BEGIN'));
    passes(answers, server.complete('BEGIN'), server.ready());
    passes(sends, client.query('COMMIT;'));
    expect(commits.lost).toBe(0);
    expect(answers(server.notice(), server.complete('COMMIT'), server.ready())).toBe(sizeOf(server.notice()));
    expect(commits.lost).toBe(1);
  });

  it('does so wherever the bytes of both sides are split', () => {
    const sent = Buffer.concat([client.startup(), client.password(), client.query('SELECT 1'), client.query('COMMIT')]);
    const before = [...letIn, server.row(), server.complete('SELECT 1'), server.ready()];
    const answered = Buffer.concat([...before, server.complete('COMMIT'), server.ready()]);
    const replyBegins = sizeOf(...before);
    const replyEnds = replyBegins + sizeOf(server.complete('COMMIT'));
    for (let sentAt = 1; sentAt < sent.length; sentAt++) {
      for (let at = 1; at < answered.length; at++) {
        const commits = new LostCommits();
        commits.arm(1, 'after-commit');
        const watch = new CommitWatch(commits);
        expect(watch.fromClient(sent.subarray(0, sentAt)) + watch.fromClient(sent.subarray(sentAt))).toBe(sent.length);
        const first = watch.fromServer(answered.subarray(0, at));
        const passed = first < at ? first : first + watch.fromServer(answered.subarray(at));
        // The part of the reply that came in an earlier chunk has passed; the client never sees the whole of it.
        expect(passed).toBe(at > replyBegins && at < replyEnds ? at : replyBegins);
        expect(commits.lost).toBe(1);
      }
    }
  });

  it('finds the reply among those of statements that were sent together', () => {
    const { commits, sends, answers } = watched(1);
    passes(
      sends,
      ...[client.parse('INSERT'), client.bind(), client.execute()],
      ...[client.parse('COMMIT', 'c'), client.bind('c', 'p'), client.execute('p')],
      client.sync(),
      client.query('COMMIT'),
    );
    const before = [
      server.parseComplete(),
      server.bindComplete(),
      server.complete('INSERT 0 1'),
      server.parseComplete(),
      server.bindComplete(),
    ];
    expect(answers(...before, server.complete('COMMIT'), server.ready())).toBe(sizeOf(...before));
    expect(commits.lost).toBe(1);
  });

  it('loses the first of two COMMITs that were sent together', () => {
    const { commits, sends, answers } = watched(2);
    const commit = [client.parse('COMMIT'), client.bind(), client.execute()];
    passes(sends, ...commit, ...commit, client.sync());
    const before = [server.parseComplete(), server.bindComplete()];
    expect(answers(...before, server.complete('COMMIT'))).toBe(sizeOf(...before));
    expect(commits.lost).toBe(1);
  });

  it('takes no earlier COMMIT for the one that is to be lost', () => {
    const { commits, sends, answers } = watched(0);
    passes(sends, client.query('COMMIT'));
    commits.arm(1, 'after-commit');
    passes(sends, client.query('COMMIT'));
    passes(answers, server.complete('COMMIT'), server.ready());
    expect(answers(server.complete('COMMIT'), server.ready())).toBe(0);
  });

  it('knows a prepared COMMIT each time it is executed', () => {
    const { commits, sends, answers } = watched(0);
    passes(sends, client.parse('COMMIT', 'c'), client.bind('c'), client.execute(), client.sync());
    passes(answers, server.parseComplete(), server.bindComplete(), server.complete('COMMIT'), server.ready());
    commits.arm(1, 'after-commit');
    passes(sends, client.bind('c'), client.execute(), client.sync());
    expect(answers(server.bindComplete(), server.complete('COMMIT'))).toBe(sizeOf(server.bindComplete()));
  });

  it('forgets a statement whose name is used anew', () => {
    const { commits, sends, answers } = watched(1);
    passes(sends, client.parse('COMMIT'), client.parse('SELECT 1'), client.bind(), client.execute(), client.sync());
    passes(answers, server.complete('COMMIT'), server.ready());
    expect(commits.lost).toBe(0);
  });

  it.each([
    ['is answered with a rollback', [server.complete('ROLLBACK'), server.ready()]],
    ['is answered with an error', [server.error(), server.ready()]],
  ])('waits for the next COMMIT where one %s', (_, replies) => {
    const { commits, sends, answers } = watched(1);
    passes(sends, client.query('COMMIT'));
    passes(answers, ...replies);
    expect(commits.lost).toBe(0);
    passes(sends, client.query('COMMIT'));
    expect(answers(server.complete('COMMIT'))).toBe(0);
  });

  it('skips a COMMIT that an error before it in the same batch kept from being executed', () => {
    const { commits, sends, answers } = watched(1);
    passes(
      sends,
      client.parse('INSERT'),
      client.bind(),
      client.execute(),
      client.parse('COMMIT'),
      client.bind(),
      client.execute(),
      client.sync(),
    );
    passes(answers, server.parseComplete(), server.bindComplete(), server.error(), server.ready());
    expect(commits.lost).toBe(0);
    passes(sends, client.query(''), client.query('COMMIT'));
    expect(answers(server.empty(), server.ready(), server.complete('COMMIT'))).toBe(sizeOf(server.empty(), server.ready()));
  });

  it('loses as many as asked for', () => {
    const { commits, sends, answers } = watched(1);
    const other = new CommitWatch(commits);
    other.fromClient(Buffer.concat([client.startup(), client.query('COMMIT')]));
    passes(sends, client.query('COMMIT'));
    passes(answers, server.complete('COMMIT'), server.ready());
    other.end();
    passes(sends, client.query('COMMIT'));
    expect(answers(server.complete('COMMIT'))).toBe(0);
    expect(commits.lost).toBe(1);
  });

  it('lets the reply pass when the fault was ended meanwhile', () => {
    const { commits, sends, answers } = watched(1);
    passes(sends, client.query('COMMIT'));
    commits.disarm(new Error('ended'));
    passes(answers, server.complete('COMMIT'), server.ready());
    expect(commits.lost).toBe(0);
  });
});

describe('before the COMMIT', () => {
  it('lets all pass but the COMMIT', () => {
    const { commits, sends } = watched(1, 'before-commit');
    expect(sends(client.query('INSERT'), client.query('COMMIT'), client.query('SELECT 1'))).toBe(sizeOf(client.query('INSERT')));
    expect(commits.lost).toBe(1);
  });

  it('lets a prepared COMMIT pass up to its execution', () => {
    const { sends } = watched(1, 'before-commit');
    const preparation = [client.parse('COMMIT'), client.bind()];
    expect(sends(...preparation, client.execute(), client.sync())).toBe(sizeOf(...preparation));
  });

  it('never lets the end of a COMMIT pass, wherever it is split', () => {
    const commit = client.query('COMMIT');
    for (let at = 1; at < commit.length; at++) {
      const { commits, sends } = watched(1, 'before-commit');
      expect(sends(commit.subarray(0, at))).toBe(at);
      expect(sends(commit.subarray(at))).toBe(0);
      expect(commits.lost).toBe(1);
    }
  });
});

describe('what is not encrypted', () => {
  it('is read after a request for encryption that was refused', () => {
    const commits = new LostCommits();
    commits.arm(1, 'after-commit');
    const watch = new CommitWatch(commits);
    watch.fromClient(client.requestTls());
    expect(watch.fromServer(Buffer.from('N'))).toBe(1);
    watch.fromClient(Buffer.concat([client.startup(), client.query('COMMIT')]));
    expect(watch.fromServer(Buffer.concat([...letIn, server.complete('COMMIT')]))).toBe(sizeOf(...letIn));
    expect(watch.unseen).toBeUndefined();
  });

  it('is a request to cancel', () => {
    const watch = new CommitWatch(new LostCommits());
    expect(watch.fromClient(client.cancel())).toBe(16);
    expect(watch.unseen).toBeUndefined();
  });
});

describe('what is encrypted', () => {
  it.each(['S', 'G'])('passes unread after the answer %s', async (answer) => {
    const commits = new LostCommits();
    commits.arm(1, 'after-commit');
    const watch = new CommitWatch(commits);
    const told = expect(commits.untilAllLost()).rejects.toThrow(/encrypted/);
    watch.fromClient(client.requestTls());
    expect(watch.fromServer(Buffer.from(answer))).toBe(1);
    await told;
    await expect(commits.untilAllLost()).rejects.toThrow(/without TLS/);
    expect(watch.fromClient(client.query('COMMIT'))).toBe(sizeOf(client.query('COMMIT')));
    expect(watch.fromServer(server.complete('COMMIT'))).toBe(sizeOf(server.complete('COMMIT')));
    expect(watch.unseen).toBeInstanceOf(Error);
  });

  it('passes unread where the client begins with TLS', () => {
    const watch = new CommitWatch(new LostCommits());
    expect(watch.fromClient(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]))).toBe(6);
    expect(watch.unseen?.message).toContain('without TLS');
  });
});
