import {
  Binding,
  ComponentRef,
  Directive,
  InputSignalWithTransform,
  OnDestroy,
  OnInit,
  OutputRef,
  Type,
  ViewContainerRef,
  inject,
  input,
  inputBinding,
  outputBinding,
} from "@angular/core";

// "any", since signals are neither wider nor narrower than those of other values.
/* eslint-disable @typescript-eslint/no-explicit-any */
type Given<T> = T extends InputSignalWithTransform<any, infer V> ? () => V : never;
type Heard<T> = T extends OutputRef<infer V> ? (value: V) => void : never;
type Inputs<C> = { [K in keyof C as C[K] extends InputSignalWithTransform<any, any> ? K : never]?: Given<C[K]> };
type Outputs<C> = { [K in keyof C as C[K] extends OutputRef<any> ? K : never]?: Heard<C[K]> };
/* eslint-enable @typescript-eslint/no-explicit-any */

/** A component that comes when it is needed, with what it is given and what it says. */
export interface LazyComponent {
  load: () => Promise<Type<unknown>>;
  bindings: Binding[];
}

/** What `hkLazy` shows: inputs are read like signals, whenever they change. */
export function lazy<C>(load: () => Promise<Type<C>>, inputs: Inputs<C>, outputs: Outputs<C> = {}): LazyComponent {
  return {
    load,
    bindings: [
      ...Object.entries(inputs).map(([name, value]) => inputBinding(name, value as () => unknown)),
      ...Object.entries(outputs).map(([name, take]) => outputBinding(name, take as (value: unknown) => void)),
    ],
  };
}

/** How long until it is asked for again where it did not come, in ms: twice as long each time, up to the last. */
const FIRST_WAIT_MS = 1_000;
const LAST_WAIT_MS = 30_000;

/** The place of a component that is no part of the first file. Where it cannot be fetched it is asked for until it comes. */
@Directive({ selector: "[hkLazy]" })
export class Lazy implements OnInit, OnDestroy {
  readonly hkLazy = input.required<LazyComponent>();
  private readonly container = inject(ViewContainerRef);
  private shown: ComponentRef<unknown> | undefined;
  private gone = false;
  private again: ReturnType<typeof setTimeout> | undefined;

  ngOnInit(): void {
    this.ask(FIRST_WAIT_MS);
  }

  private ask(wait: number): void {
    const { load, bindings } = this.hkLazy();
    load().then(
      (type) => {
        if (!this.gone) this.shown = this.container.createComponent(type, { bindings });
      },
      () => {
        if (!this.gone) this.again = setTimeout(() => this.ask(Math.min(wait * 2, LAST_WAIT_MS)), wait);
      },
    );
  }

  ngOnDestroy(): void {
    this.gone = true;
    clearTimeout(this.again);
    this.shown?.destroy();
  }
}
