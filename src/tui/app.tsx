import { Box, Text, useApp, useInput, useWindowSize } from "ink";
import { memo, useEffect, useSyncExternalStore, type ReactNode } from "react";
import type { Controller } from "./controller.js";
import { pressesOf } from "./press.js";
import type { Line, Part } from "./text/part.js";

export interface AppProps {
  readonly controller: Controller;
  readonly color: boolean;
  /** Gives whoever owns the terminal a way out. */
  readonly onReady: (app: ReturnType<typeof useApp>) => void;
}

/** A screen is a list of lines: React and Ink draw those that changed. */
export function App({ controller, color, onReady }: AppProps): ReactNode {
  const app = useApp();
  const { columns, rows } = useWindowSize();
  const { lines } = useSyncExternalStore(controller.subscribe, controller.frame);
  useEffect(() => controller.resize({ columns, rows }), [controller, columns, rows]);
  useEffect(() => onReady(app), [app, onReady]);
  useInput((input, key) => controller.keys(pressesOf(input, key, controller.typing())));
  return (
    <Box flexDirection="column">
      {lines.map((line, index) => (
        <Row key={index} line={line} color={color} />
      ))}
    </Box>
  );
}

const Row = memo(
  ({ line, color }: { readonly line: Line; readonly color: boolean }): ReactNode => (
    <Text wrap="truncate">
      {line.map((part, index) => (
        <Text key={index} {...styleOf(part, color)}>
          {part.text}
        </Text>
      ))}
    </Text>
  ),
  (before, after) => before.color === after.color && before.line.length === after.line.length && before.line.every((part, index) => isSame(part, after.line[index])),
);

const isSame = (one: Part, other: Part | undefined): boolean =>
  one === other || (one.text === other?.text && one.color === other.color && one.bold === other.bold && one.dim === other.dim && one.inverse === other.inverse);

const styleOf = ({ color, bold, dim, inverse }: Part, colors: boolean) => ({
  ...(color === undefined || !colors ? {} : { color }),
  ...(bold === undefined ? {} : { bold }),
  ...(dim === undefined ? {} : { dimColor: dim }),
  ...(inverse === undefined ? {} : { inverse }),
});
