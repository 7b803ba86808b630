// Whether a type has `any` somewhere, down to ten levels.
type IsAny<T> = 0 extends 1 & T ? true : false;
type Found<T, Depth extends unknown[]> =
  IsAny<T> extends true
    ? true
    : Depth["length"] extends 10
      ? false
      : T extends readonly (infer Item)[]
        ? Found<Item, [...Depth, 0]>
        : T extends object
          ? { [Key in keyof T]-?: Found<T[Key], [...Depth, 0]> }[keyof T]
          : false;

export type HasAny<T> = true extends Found<T, []> ? true : false;

export const plain: HasAny<{ a: { b: string | null }[] | null; c?: number }> = false;
export const nested: HasAny<{ a: { b: any }[] | null; c?: number }> = true;
