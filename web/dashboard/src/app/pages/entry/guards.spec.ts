import { TestBed } from "@angular/core/testing";
import { Router, provideRouter } from "@angular/router";
import { describe, expect, it } from "vitest";

import { Session } from "../../core/session";
import { takesToken } from "./guards";

describe("the link of a mail that resets a password", () => {
  it("loses its token to the session, each time", async () => {
    TestBed.configureTestingModule({
      providers: [
        provideRouter([
          {
            path: "reset-password",
            canActivate: [takesToken],
            runGuardsAndResolvers: "always",
            children: [],
          },
        ]),
      ],
    });
    const router = TestBed.inject(Router);
    const session = TestBed.inject(Session);
    for (const token of ["first", "second"]) {
      await router.navigateByUrl(`/reset-password#token=${token}`);
      expect(router.url).toBe("/reset-password");
      expect(session.linkToken()).toBe(token);
    }
  });
});
