import { computed, inject, linkedSignal, signal } from "@angular/core";

import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { SiteApi } from "../../core/site-api";
import { Here } from "../../shell/here";
import { formState, stored } from "../../ui/form";
import { lastChange } from "./last-change";

/** Rules of a site that are lists, each typed in one field, its words parted by commas or blanks. */
export type RuleList = "kept_query" | "search_query" | "trusted_networks";

const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** A form of such rules; `names` has the key of what each is called. Use in an injection context. */
export function ruleLists(names: Partial<Record<RuleList, string>>) {
  const { t } = inject(I18n);
  const api = inject(SiteApi);
  const site = inject(Here).site;
  const fields = Object.keys(names) as RuleList[];
  const nameOf = (field: string): string | undefined => {
    const key = names[field as RuleList];
    return key && t(key);
  };
  const form = formState(fields, {
    part: true,
    server: Object.fromEntries(fields.map((field) => [field, { field, text: `lists.wrong.${field}` }])),
  });
  const last = lastChange("site.rules_updated", nameOf);
  const list = loaded(async () => {
    const one = site();
    return one && (await api.rules(one.id));
  });
  const before = stored(() =>
    Object.fromEntries(fields.map((field) => [field, (list.value()?.[field] ?? []).join(", ")])),
  );
  const typed = linkedSignal(() => before());
  const saved = signal(false);
  const words = (of: Record<string, string>, field: string): string => wordsOf(of[field] ?? "").join(" ");
  const changed = computed(() => fields.filter((field) => words(typed(), field) !== words(before(), field)));

  return {
    form,
    last,
    problem: list.problem,
    saved: saved.asReadonly(),
    text: (field: RuleList) => typed()[field] ?? "",
    type(field: RuleList, text: string): void {
      saved.set(false);
      typed.update((all) => ({ ...all, [field]: text }));
    },
    changes: computed(() => changed().map((field) => nameOf(field) ?? "")),
    discard: () => typed.set(before()),
    save: (event: Event): Promise<void> =>
      form.submit(
        event,
        () => ({}),
        async () => {
          const one = site();
          if (!one) return;
          const change = Object.fromEntries(changed().map((field) => [field, wordsOf(typed()[field] ?? "")]));
          await api.changeRules(one.id, change);
          await Promise.all([list.again(), last.again()]);
          // As the server keeps it: sorted, in small letters, each once.
          typed.set(before());
          saved.set(true);
        },
      ),
  };
}
export type RuleLists = ReturnType<typeof ruleLists>;
