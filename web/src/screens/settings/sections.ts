import type { Messages } from "@/i18n/zh";

/** Section is one page of the settings. Its fields are those of the Settings message; forms are made from their descriptors. */
export interface Section {
  key: keyof Messages["settings"]["sections"];
  fields: readonly string[];
}

/** sections group all settings; a test sees to it that none is left out. */
export const sections: readonly Section[] = [
  { key: "shifts", fields: ["time_zone", "day_shift", "staff_hours", "delay_rules"] },
  {
    key: "deadlines",
    fields: [
      "operator_response_deadline",
      "operator_staff_delay",
      "after_sales_reminder",
      "after_sales_escalation",
      "handoff_reminder",
      "handoff_escalation",
      "task_deadline",
      "intervention_pause",
      "busy_tasks",
      "offline_after",
    ],
  },
  {
    key: "templates",
    fields: [
      "apology_text",
      "operator_reminder_text",
      "operator_staff_text",
      "mediation_text",
      "intervention_text",
      "after_sales_reminder_text",
      "after_sales_escalation_text",
      "after_sales_response_text",
      "soothe_online_text",
      "soothe_busy_text",
      "soothe_offline_text",
      "handoff_text",
      "handoff_reminder_text",
      "handoff_escalation_text",
      "not_found_text",
      "alert_text",
      "person_text",
      "intent_templates",
    ],
  },
  { key: "words", fields: ["instruction_words", "response_words", "completion_phrases", "task_kinds"] },
  {
    key: "alerts",
    fields: [
      "critical_mood_below",
      "critical_mood_fall",
      "conflict_sentiment_below",
      "unanswered_warning",
      "unanswered_error",
      "alert_escalation",
      "lower_from",
      "never_lower_critical",
      "cancel_after_positive",
    ],
  },
  { key: "answers", fields: ["answers"] },
  {
    key: "replies",
    fields: [
      "reply_instructions",
      "answer_chitchat",
      "forbidden_words",
      "context_messages",
      "context_characters",
      "context_age",
    ],
  },
  {
    key: "robots",
    fields: ["max_unconfirmed", "requests_per_minute", "judge_again_after", "lookup_after", "result_deadline"],
  },
  { key: "notices", fields: ["management_group", "staff_group"] },
  { key: "hosts", fields: ["allowed_hosts"] },
];
