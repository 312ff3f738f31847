/**
 * Asks one thing at a time and never shows a stale answer.
 *
 * `ask` puts a new question: whatever is under way is abandoned and its answer, should it still come, is dropped.
 * `again` repeats the current question because the figures moved: repetitions are gathered, at most one is under way,
 * and the pause between two starts grows with the server's answer time so that a busy server is not pressed further.
 */
export class Latest<Q, A> {
  /** Shortest pause between the starts of two repetitions, in ms. */
  static readonly kPauseMs = 500;
  /** Longest pause, in ms: figures move within two seconds of a hit. */
  static readonly kLongestPauseMs = 1_200;

  private question: Q | undefined;
  private running: AbortController | undefined;
  private startedAt = -Infinity;
  private tookMs = 0;
  private wanted = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly fetchAnswer: (question: Q, signal: AbortSignal) => Promise<A>,
    private readonly deliver: (question: Q, answer: A) => void,
    private readonly fail: (question: Q, error: unknown) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  ask(question: Q): void {
    this.question = question;
    this.abandon();
    void this.start(question);
  }

  again(): void {
    if (this.question === undefined) return;
    this.wanted = true;
    this.schedule();
  }

  stop(): void {
    this.question = undefined;
    this.abandon();
  }

  private abandon(): void {
    this.running?.abort();
    this.running = undefined;
    this.wanted = false;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private schedule(): void {
    if (!this.wanted || this.running || this.timer !== undefined) return;
    const pause = Math.min(Math.max(Latest.kPauseMs, 3 * this.tookMs), Latest.kLongestPauseMs);
    const wait = Math.max(0, this.startedAt + pause - this.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.question !== undefined) void this.start(this.question);
    }, wait);
  }

  private async start(question: Q): Promise<void> {
    const mine = new AbortController();
    this.running = mine;
    this.wanted = false;
    this.startedAt = this.now();
    try {
      const answer = await this.fetchAnswer(question, mine.signal);
      if (this.running === mine) this.deliver(question, answer);
    } catch (error) {
      if (this.running === mine) this.fail(question, error);
    }
    if (this.running !== mine) return;
    this.running = undefined;
    this.tookMs = this.now() - this.startedAt;
    this.schedule();
  }
}
