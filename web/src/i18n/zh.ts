import { zh as access } from "./texts/access";
import { zh as common } from "./texts/common";
import { zh as shared } from "./texts/console";
import { zh as desk } from "./texts/desk";
import { zh as directory } from "./texts/directory";
import { zh as drawer } from "./texts/drawer";
import { zh as drawing } from "./texts/drawing";
import { zh as editor } from "./texts/editor";
import { zh as figures } from "./texts/figures";
import { zh as flows } from "./texts/flows";
import { zh as lists } from "./texts/lists";
import { zh as nav } from "./texts/nav";
import { zh as publish } from "./texts/publish";
import { zh as robots } from "./texts/robots";
import { zh as settings } from "./texts/settings";
import { zh as setup } from "./texts/setup";
import { zh as simulator } from "./texts/simulator";

/** zh are all texts in Chinese. */
export const zh = {
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

/** Messages are the texts that both languages have: a missing one does not compile. */
export type Messages = typeof zh;
