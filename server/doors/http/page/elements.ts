/**
 * The element of the page with this id.
 *
 * @throws Error when there is none, or one of another kind: the page and its code do not match
 */
export function byId<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`no ${kind.name} with the id ${id}`);
  return element;
}

/** Sets an element's text if it is a different one, so that the browser has no work for unchanged texts. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A function that sets the text of the element with this id. */
export function textOf(id: string): (text: string) => void {
  const element = byId(id, HTMLElement);
  return (text) => setText(element, text);
}

/** A new element. @param classes as in the attribute `class` */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  classes = '',
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (classes !== '') element.className = classes;
  return element;
}
