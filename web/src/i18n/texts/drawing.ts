export const zh = {
  drawing: {
    unpublished: "与线上版本不同",
    pinned: "试运行使用固定输出",
    breakpoint: "断点",
    editing: "{{person}} 正在编辑",
  },
};

export const en: typeof zh = {
  drawing: {
    unpublished: "Differs from the live version",
    pinned: "Trials use its pinned output",
    breakpoint: "Breakpoint",
    editing: "{{person}} is editing",
  },
};
