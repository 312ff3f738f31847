import { TestBed } from "@angular/core/testing";
import { provideRouter } from "@angular/router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Api, ApiError } from "./api";
import { someone } from "../testing/someone";
import { Session } from "./session";

describe("Session", () => {
  const api = {
    bootstrap: vi.fn(() => Promise.resolve(someone())),
    extend: vi.fn(),
    logout: vi.fn(() => Promise.resolve({})),
  };
  let session: Session;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.clearAllMocks();
    api.extend.mockResolvedValue({ duration_seconds: 900 });
    TestBed.configureTestingModule({
      providers: [provideRouter([{ path: "**", children: [] }]), { provide: Api, useValue: api }],
    });
    session = TestBed.inject(Session);
  });
  afterEach(() => vi.useRealTimers());

  it("goes on while somebody looks at the page", async () => {
    await session.load();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(api.extend).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(299_000);
    expect(api.extend).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.extend).toHaveBeenCalledTimes(2);
  });

  it("ends with the sign-out", async () => {
    await session.load();
    await session.leave();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(api.extend).not.toHaveBeenCalled();
  });

  it("ends in every tab with a sign-out in one", async () => {
    await session.load();
    dispatchEvent(new StorageEvent("storage", { key: "hitkeep.signed_out" }));
    expect(session.sites()).toBeUndefined();
  });

  it("asks to sign in again when the server has ended it", async () => {
    await session.load();
    api.extend.mockRejectedValue(new ApiError(401, "unauthenticated", ""));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(session.sites()).toBeUndefined();
  });

  it("survives a server that is away for a moment", async () => {
    await session.load();
    api.extend.mockRejectedValueOnce(new ApiError(0, "offline", ""));
    await vi.advanceTimersByTimeAsync(40_000);
    expect(api.extend).toHaveBeenCalledTimes(2);
    expect(session.sites()).toEqual([]);
  });
});
