import { TestBed } from "@angular/core/testing";

import { ApiError } from "../../core/api";
import { PeopleApi } from "../../core/people-api";
import { Questions } from "./questions";

describe("what needs a fresh proof", () => {
  const confirm = vi.fn(({ password }: { password?: string }) =>
    password === "right" ? Promise.resolve({}) : Promise.reject(new ApiError(403, "forbidden", "", "password")),
  );
  let questions: Questions;
  let proved: boolean;
  const send = () =>
    proved ? Promise.resolve("done") : Promise.reject(new ApiError(403, "forbidden", "Give your password", "proof"));

  beforeEach(() => {
    proved = false;
    TestBed.configureTestingModule({ providers: [{ provide: PeopleApi, useValue: { confirm } }] });
    questions = TestBed.inject(Questions);
  });
  const asked = async () => {
    await vi.waitFor(() => expect(questions.proof()).toBeDefined());
    return questions.proof()!;
  };

  it("is sent at once where the proof is fresh", async () => {
    proved = true;
    expect(await questions.proved(send)).toBe("done");
    expect(questions.proof()).toBeUndefined();
  });

  it("is sent again after the right password; a wrong one is asked for anew", async () => {
    const result = questions.proved(send);
    const answer = await asked();
    await expect(answer({ password: "wrong" })).rejects.toThrow();
    expect(questions.proof()).toBeDefined();
    proved = true;
    await answer({ password: "right" });
    expect(await result).toBe("done");
    expect(questions.proof()).toBeUndefined();
  });

  it("is not sent where nobody gives it", async () => {
    const result = questions.proved(send);
    await (
      await asked()
    )(undefined);
    expect(await result).toBeUndefined();
  });

  it("fails as anything else where something else is wrong", async () => {
    await expect(questions.proved(() => Promise.reject(new ApiError(409, "conflict", "")))).rejects.toThrow();
  });
});
