import { Realtime } from "./realtime";

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static all: FakeSource[] = [];
  readyState = 1;
  closed = false;
  constructor(readonly url: string) {
    super();
    FakeSource.all.push(this);
  }
  close(): void {
    this.closed = true;
  }
  say(type: string): void {
    this.dispatchEvent(new Event(type));
  }
}

describe("Realtime", () => {
  let calls = 0;
  let stream: Realtime;
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", FakeSource);
    FakeSource.all = [];
    calls = 0;
    stream = new Realtime("api/x", () => ++calls);
  });
  afterEach(() => {
    stream.close();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("tells of changes and of a resync", () => {
    FakeSource.all[0]?.say("analytics.changed");
    FakeSource.all[0]?.say("analytics.resync");
    expect(calls).toBe(2);
  });

  it("asks again whenever it opens, for what was missed before", () => {
    FakeSource.all[0]?.say("open");
    expect(calls).toBe(1);
    FakeSource.all[0]?.say("open");
    expect(calls).toBe(2);
  });

  it("asks when the stream breaks: is the server away, or the session over?", () => {
    FakeSource.all[0]?.say("open");
    FakeSource.all[0]?.say("error");
    expect(calls).toBe(2);
  });

  it("lets the stream go while nobody looks, and asks again on return", () => {
    const look = (state: string) => {
      vi.spyOn(document, "visibilityState", "get").mockReturnValue(state as DocumentVisibilityState);
      document.dispatchEvent(new Event("visibilitychange"));
    };
    FakeSource.all[0]?.say("open");
    look("hidden");
    expect(FakeSource.all[0]?.closed).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(FakeSource.all).toHaveLength(1);
    look("visible");
    look("visible");
    expect(FakeSource.all).toHaveLength(2);
    FakeSource.all[1]?.say("open");
    expect(calls).toBe(2);
    vi.restoreAllMocks();
  });

  it("opens again when the server refused, and not after close", () => {
    const first = FakeSource.all[0]!;
    first.readyState = 2;
    first.say("error");
    vi.advanceTimersByTime(5_000);
    expect(FakeSource.all).toHaveLength(2);
    const second = FakeSource.all[1]!;
    second.readyState = 2;
    second.say("error");
    stream.close();
    vi.advanceTimersByTime(60_000);
    expect(FakeSource.all).toHaveLength(2);
    expect(second.closed).toBe(true);
  });
});
