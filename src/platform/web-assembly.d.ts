// What packages name of WebAssembly. Node has it, and its types leave it to those of a browser, which would bring everything of a page along.
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: string;
  }
}
type BufferSource = ArrayBufferView | ArrayBuffer;
