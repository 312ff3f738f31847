import { Injectable, computed, inject } from "@angular/core";

import { I18n } from "./i18n";
import { Dimension, propertyOf } from "./query";
import { addressText, visible } from "./text";

/** What a dimension and its values are called: the server speaks in codes and names, an empty one means "none". */
@Injectable({ providedIn: "root" })
export class Names {
  private readonly i18n = inject(I18n);
  private readonly intl = computed(() => ({
    region: new Intl.DisplayNames(this.i18n.locale(), { type: "region" }),
    language: new Intl.DisplayNames(this.i18n.locale(), { type: "language" }),
  }));

  ofDimension(dimension: Dimension): string {
    const name = propertyOf(dimension);
    return name === undefined
      ? this.i18n.t(`dimension.${dimension}`)
      : this.i18n.t("dimension.property", { name: visible(name) });
  }

  /** Its values are called otherwise here than by the server. */
  translates(dimension: Dimension): boolean {
    return ["channel", "country", "device", "language", "screen", "visitor_kind"].includes(dimension);
  }

  of(dimension: Dimension, value: string): string {
    if (value === "") return this.none(dimension);
    switch (dimension) {
      case "channel":
      case "device":
      case "screen":
      case "visitor_kind":
        return this.listed(dimension, value);
      case "country":
        return this.country(value);
      case "region":
      case "city":
        return this.place(value);
      case "network":
        return visible(value.replace(/^AS\d+ (?=.)/, ""));
      case "language":
        return /^[a-z]{2,3}(-[A-Za-z]+)*$/.test(value) ? (this.intl().language.of(value) ?? value) : value;
      case "hostname":
      case "source":
      case "referrer":
        return visible(addressText(value));
      default:
        return visible(value);
    }
  }

  private country(code: string): string {
    return /^[A-Za-z]{2}$/.test(code) ? (this.intl().region.of(code.toUpperCase()) ?? code) : code;
  }

  /** "Linz, Upper Austria, AT", of which the region may be empty. */
  private place(value: string): string {
    const parts = value.split(", ").filter((part) => part !== "");
    return visible([...parts.slice(0, -1), this.country(parts.at(-1) ?? "")].join(", "));
  }

  private none(dimension: Dimension): string {
    const direct = ["source", "referrer", "channel"].includes(dimension);
    return this.i18n.t(direct ? "value.direct" : "value.none");
  }

  /** Names of a closed set have texts of their own; one that is new on the server shows as it is. */
  private listed(dimension: "channel" | "device" | "screen" | "visitor_kind", value: string): string {
    const key = `${dimension}.${value.toLowerCase().replace(/[^a-z0-9]+/g, "_")}`;
    return this.i18n.has(key) ? this.i18n.t(key) : value;
  }
}
