import {
  ApplicationRef,
  ChangeDetectionStrategy,
  Component,
  EnvironmentInjector,
  Injectable,
  createComponent,
  effect,
  inject,
  signal,
} from "@angular/core";

import { I18n } from "../core/i18n";
import { Button } from "./button";
import { Icon } from "./icon";
import { IconButton } from "./icon-button";

/** How long a result stays, in ms; what can be undone or tried again stays longer. */
const STAYS_MS = 5_000;
const STAYS_WITH_ACTION_MS = 10_000;

/** A result that fades. */
export interface Toast {
  text: string;
  bad?: boolean;
  /** Takes the result back. */
  undo?: () => void;
  /** Tries again what failed. */
  retry?: () => void;
}

/** Shows results at the lower edge of the window, the newest last. */
@Injectable({ providedIn: "root" })
export class Toasts {
  /** Those in sight. */
  readonly shown = signal<readonly Toast[]>([]);
  private readonly app = inject(ApplicationRef);
  private readonly injector = inject(EnvironmentInjector);
  private placed = false;

  show(toast: Toast): void {
    this.place();
    this.shown.update((shown) => [...shown, toast]);
  }

  hide(toast: Toast): void {
    this.shown.update((shown) => shown.filter((other) => other !== toast));
  }

  /** Once: screen readers listen to what was there before it spoke. */
  private place(): void {
    if (this.placed) return;
    this.placed = true;
    const hostElement = document.body.appendChild(document.createElement("hk-toasts"));
    this.app.attachView(createComponent(ToastList, { environmentInjector: this.injector, hostElement }).hostView);
  }
}

/** Each stays while the pointer or the focus is on it, and then for its whole time again. */
@Component({
  selector: "hk-toasts",
  imports: [Button, Icon, IconButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./toasts.css",
  host: { role: "status" },
  template: `
    @for (toast of toasts.shown(); track toast) {
      <div
        class="toast"
        [class.bad]="toast.bad"
        (pointerenter)="stay(toast)"
        (pointerleave)="fade(toast)"
        (focusin)="stay(toast)"
        (focusout)="fade(toast)"
      >
        <span>{{ toast.text }}</span>
        @if (toast.undo) {
          <button type="button" hkButton small (click)="act(toast, toast.undo)">
            <hk-icon name="undo" />
            {{ t("action.undo") }}
          </button>
        }
        @if (toast.retry) {
          <button type="button" hkButton small (click)="act(toast, toast.retry)">{{ t("action.retry") }}</button>
        }
        <button type="button" hkIconButton="close" small [label]="t('action.close')" (click)="hide(toast)"></button>
      </div>
    }
  `,
})
class ToastList {
  protected readonly t = inject(I18n).t;
  protected readonly toasts = inject(Toasts);
  private readonly timers = new Map<Toast, ReturnType<typeof setTimeout>>();

  constructor() {
    effect(() => {
      for (const toast of this.toasts.shown()) if (!this.timers.has(toast)) this.fade(toast);
    });
  }

  protected stay(toast: Toast): void {
    clearTimeout(this.timers.get(toast));
  }

  protected fade(toast: Toast): void {
    this.stay(toast);
    const ms = toast.undo || toast.retry ? STAYS_WITH_ACTION_MS : STAYS_MS;
    this.timers.set(
      toast,
      setTimeout(() => this.hide(toast), ms),
    );
  }

  protected act(toast: Toast, action: () => void): void {
    this.hide(toast);
    action();
  }

  protected hide(toast: Toast): void {
    this.stay(toast);
    this.timers.delete(toast);
    this.toasts.hide(toast);
  }
}
