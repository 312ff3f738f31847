import { Latest } from "./latest";

/** A server whose answers come when the test says so. */
function server() {
  const open: { question: string; signal: AbortSignal; answer: (text: string) => void; fail: (e: unknown) => void }[] =
    [];
  const shown: string[] = [];
  const failed: unknown[] = [];
  const latest = new Latest<string, string>(
    (question, signal) => new Promise((answer, fail) => open.push({ question, signal, answer, fail })),
    (question, answer) => shown.push(`${question}: ${answer}`),
    (_question, error) => failed.push(error),
    () => Date.now(),
  );
  return { open, shown, failed, latest };
}

describe("Latest", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const settle = () => vi.advanceTimersByTimeAsync(0);

  it("drops the late answer to an old question", async () => {
    const { open, shown, latest } = server();
    latest.ask("a");
    latest.ask("b");
    expect(open[0]?.signal.aborted).toBe(true);
    open[1]?.answer("2");
    await settle();
    open[0]?.answer("1");
    await settle();
    expect(shown).toEqual(["b: 2"]);
  });

  it("drops the late failure of an old question", async () => {
    const { open, failed, latest } = server();
    latest.ask("a");
    latest.ask("b");
    open[0]?.fail(new Error("late"));
    await settle();
    expect(failed).toEqual([]);
  });

  it("gathers repetitions: one under way, one more after it", async () => {
    const { open, shown, latest } = server();
    latest.ask("a");
    for (let i = 0; i < 50; ++i) latest.again();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(open).toHaveLength(1);
    open[0]?.answer("1");
    await vi.advanceTimersByTimeAsync(Latest.kLongestPauseMs);
    expect(open).toHaveLength(2);
    open[1]?.answer("2");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open).toHaveLength(2);
    expect(shown).toEqual(["a: 1", "a: 2"]);
  });

  it("keeps half a second between starts, and is prompt after a pause", async () => {
    const { open, latest } = server();
    latest.ask("a");
    open[0]?.answer("1");
    await settle();
    latest.again();
    await vi.advanceTimersByTimeAsync(Latest.kPauseMs - 1);
    expect(open).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(open).toHaveLength(2);
    open[1]?.answer("2");
    await vi.advanceTimersByTimeAsync(10_000);
    latest.again();
    await settle();
    expect(open).toHaveLength(3);
  });

  it("gives a slow server longer pauses, within bounds", async () => {
    const { open, latest } = server();
    latest.ask("a");
    await vi.advanceTimersByTimeAsync(300);
    open[0]?.answer("1");
    await settle();
    latest.again();
    await vi.advanceTimersByTimeAsync(599);
    expect(open).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(open).toHaveLength(2);
  });

  it("goes on after a failure", async () => {
    const { open, shown, failed, latest } = server();
    latest.ask("a");
    open[0]?.fail(new Error("no"));
    await settle();
    expect(failed).toHaveLength(1);
    latest.again();
    await vi.advanceTimersByTimeAsync(Latest.kLongestPauseMs);
    open[1]?.answer("2");
    await settle();
    expect(shown).toEqual(["a: 2"]);
  });

  it("is silent once stopped", async () => {
    const { open, shown, latest } = server();
    latest.ask("a");
    latest.stop();
    open[0]?.answer("1");
    latest.again();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open).toHaveLength(1);
    expect(shown).toEqual([]);
  });
});
