/**
 * The page's questions, papers and notices.
 *
 * Owns: the native dialogs, which keep the focus inside and give it back; Esc leaves them.
 * @module
 */
import { refusalOf } from "../words.ts";
import { element, make } from "./elements.ts";

/** How a notice looks. */
export type NoticeTone = "plain" | "good" | "warn" | "bad";

/** Says what happened; screen readers speak it at once. */
export function notify(
  tone: NoticeTone,
  head: string,
  text = "",
  code = "",
): void {
  const notice = element("notice");
  notice.dataset.tone = tone;
  notice.replaceChildren(
    make("strong", head),
    ...(text === "" ? [] : [make("p", text)]),
    ...(code === "" ? [] : [make("code", code)]),
  );
}

/** Says why not, and what can be done. */
export function refuse(error: unknown): void {
  const { code, sentence, remedy } = refusalOf(error);
  notify("bad", capital(sentence), `${capital(remedy)}.`, code);
}

/**
 * Asks yes or no, or for a text; null is no. While a question stands, another one is answered no:
 * a button that was pressed twice does its work once.
 */
export function ask(
  title: string,
  text: string,
  labels: { yes: string; no: string; field?: string },
): Promise<string | null> {
  const dialog = element<HTMLDialogElement>("question");
  if (dialog.open) return Promise.resolve(null);
  const input = element<HTMLInputElement>("question-input");
  element("question-title").textContent = title;
  element("question-text").textContent = text;
  element("question-yes").textContent = labels.yes;
  element("question-no").textContent = labels.no;
  element("question-label").textContent = labels.field ?? "";
  element("question-field").hidden = labels.field === undefined;
  input.value = "";
  dialog.returnValue = "no";
  dialog.showModal();
  (labels.field === undefined ? element("question-yes") : input).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes" ? input.value.trim() : null);
    }, { once: true });
    // Enter in the field means yes, although "No" is the first button.
    input.onkeydown = (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      dialog.close("yes");
    };
  });
}

/** Shows a receipt's HTML, whose values are escaped, or a text as it is. */
export function showPaper(
  title: string,
  content: { html: string } | { text: string },
): void {
  element("paper-title").textContent = title;
  const body = element("paper-body");
  if ("html" in content) body.innerHTML = content.html;
  else body.replaceChildren(make("pre", content.text));
  element<HTMLDialogElement>("paper").showModal();
}

/** The text with a capital letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
