import { en as access } from "./texts/access";
import { en as common } from "./texts/common";
import { en as shared } from "./texts/console";
import { en as desk } from "./texts/desk";
import { en as directory } from "./texts/directory";
import { en as drawer } from "./texts/drawer";
import { en as drawing } from "./texts/drawing";
import { en as editor } from "./texts/editor";
import { en as figures } from "./texts/figures";
import { en as flows } from "./texts/flows";
import { en as lists } from "./texts/lists";
import { en as nav } from "./texts/nav";
import { en as publish } from "./texts/publish";
import { en as robots } from "./texts/robots";
import { en as settings } from "./texts/settings";
import { en as setup } from "./texts/setup";
import { en as simulator } from "./texts/simulator";
import type { Messages } from "./zh";

/** en are all texts in English. */
export const en: Messages = {
  ...common,
  ...shared,
  ...nav,
  ...lists,
  ...desk,
  ...flows,
  ...drawer,
  ...drawing,
  ...editor,
  ...simulator,
  ...setup,
  ...settings,
  ...publish,
  ...robots,
  ...directory,
  ...figures,
  ...access,
};
