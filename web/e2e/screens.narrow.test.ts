import { everyScreenLooksGood } from "./screens";

everyScreenLooksGood([
  { name: "zh-dark-390", language: "zh-CN", scheme: "dark", width: 390 },
  { name: "en-light-390", language: "en-US", scheme: "light", width: 390 },
]);
