import type { IParserErrorMessageProvider, IToken, TokenType } from 'chevrotain';

/** Short messages that need no look at the grammar: who made a thousand mistakes does not wait for them. */
export const errorMessageProvider: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual }) => `Here should stand ${labelOf(expected)}, not ${shown(actual)}.`,
  buildNotAllInputParsedMessage: ({ firstRedundant }) => `${capital(shown(firstRedundant))} has no meaning here.`,
  buildNoViableAltMessage: ({ actual }) => misplaced(actual[0]),
  buildEarlyExitMessage: ({ actual }) => misplaced(actual[0]),
};

const labelOf = (type: TokenType) => (type.name === 'EOF' ? 'the end' : (type.LABEL ?? type.name));
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const shown = (token: IToken) => (token.image === '' ? 'the end' : `“${token.image.slice(0, 40)}”`);
const misplaced = (token: IToken | undefined) =>
  token === undefined || token.image === '' ? 'Something is missing at the end.' : `${shown(token)} has no meaning here.`;
