/**
 * Listens to a site's event stream. `changed` runs when figures moved, and whenever the stream opens: what moved between
 * the last answer and the stream's beginning, or during a break, was not heard. It also runs when the stream breaks or is
 * refused: the answer to the question that follows says whether the server is away or the session over.
 * The browser reconnects by itself except after a refusal; then we try again later.
 * A page that nobody sees lets its stream go: a browser has six connections for all tabs of a server.
 */
export class Realtime {
  private static readonly kRetryMs = 5_000;

  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly changed: () => void,
  ) {
    document.addEventListener("visibilitychange", this.follow);
    this.follow();
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.follow);
    this.drop();
  }

  private readonly follow = (): void => {
    if (document.visibilityState === "hidden") {
      this.drop();
    } else if (!this.source && this.timer === undefined) {
      this.open();
    }
  };

  private drop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.source?.close();
    this.source = undefined;
  }

  private open(): void {
    this.timer = undefined;
    const source = new EventSource(this.url);
    this.source = source;
    source.addEventListener("open", () => this.changed());
    source.addEventListener("analytics.changed", () => this.changed());
    source.addEventListener("analytics.resync", () => this.changed());
    source.addEventListener("error", () => {
      this.changed();
      if (source.readyState !== EventSource.CLOSED) return;
      this.drop();
      this.timer = setTimeout(() => this.open(), Realtime.kRetryMs);
    });
  }
}
