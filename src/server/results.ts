import type { Stream } from '#platform/events/stream';
import type { Answer, Audience } from './audience.js';

/** Who sends results on, as JSON. */
export interface Reader {
  /** Whether one more may be sent now. Where it may not, the reader calls `flow` once it may. */
  hasRoom(): boolean;
  next(text: Buffer): void;
  /** Nothing follows. */
  complete(): void;
}

/** The results of one subscription. Each is asked for when its reader has room for it. */
export class Results {
  readonly #source: Stream<unknown>;
  readonly #audience: Audience;
  readonly #release: () => void;
  #reader: Reader | null = null;
  /** An answer is being made. */
  #making = false;
  #over = false;

  /** `release` is called once: it ended, or was given up. */
  constructor(source: Stream<unknown>, audience: Audience, release: () => void) {
    this.#source = source;
    this.#audience = audience;
    this.#release = release;
  }

  start(reader: Reader): void {
    this.#reader = reader;
    this.#source.listen(() => this.flow());
    this.flow();
  }

  /** Hands on what there is, as far as there is room for it. The end needs none: rights that are gone are told at once. */
  flow(): void {
    const reader = this.#reader;
    if (this.#over || reader === null) return;
    if (this.#source.over) return this.#finish(reader);
    if (this.#making) return;
    while (reader.hasRoom()) {
      const event = this.#source.take();
      if (event === undefined) return;
      const answer = this.#audience.answer(event);
      if (answer instanceof Promise) {
        this.#making = true;
        void answer.then((made) => this.#made(reader, made));
        return;
      }
      if (!this.#deliver(reader, answer)) return;
    }
  }

  #made(reader: Reader, answer: Answer): void {
    this.#making = false;
    // Rights may go while an answer is made, and it is then for nobody.
    if (this.#over) return;
    if (this.#deliver(reader, answer)) this.flow();
  }

  /** Whether there may be more. */
  #deliver(reader: Reader, { text, last }: Answer): boolean {
    reader.next(text);
    if (last) this.#finish(reader);
    return !last;
  }

  #finish(reader: Reader): void {
    const { reason } = this.#source;
    this.stop();
    if (reason !== null) reader.next(this.#audience.failure(reason).text);
    reader.complete();
  }

  /** Its reader wants no more. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#reader = null;
    void this.#source.return();
    this.#audience.leave();
    this.#release();
  }
}
