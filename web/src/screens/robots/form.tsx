import { create } from "@bufbuild/protobuf";
import { type Robot, RobotSchema } from "@gen/flowdesk/v1/resource_robot_pb";
import { DutySchema } from "@gen/flowdesk/v1/types_pb";
import { enumChoices } from "@/api/labels";
import { Words } from "@/forms/words";
import { useText } from "@/i18n";
import { cn } from "@/ui/cn";
import { Field, Input } from "@/ui/field";

/** blank is a robot of which nothing is known yet. */
export const blank = (): Robot => create(RobotSchema);

/** RobotForm is what one tells of a robot. Secrets are written and never shown: what is stored stays while its field is empty. */
export function RobotForm({
  robot,
  known,
  onChange,
}: {
  robot: Robot;
  /** The robot as it is stored; undefined for a new one. */
  known?: Robot | undefined;
  onChange: (change: Partial<Robot>) => void;
}) {
  const { t, lang } = useText();
  return (
    <div className="flex flex-col gap-4">
      <Field label={t("robots.title")} help={t("robots.titleHelp")}>
        {(p) => (
          <Input {...p} maxLength={200} value={robot.title} onChange={(e) => onChange({ title: e.target.value })} />
        )}
      </Field>
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-[13px] font-medium text-soft">{t("robots.duties")}</legend>
        <div className="flex flex-wrap gap-1.5">
          {enumChoices(DutySchema, lang).map((duty) => {
            const on = robot.duties.includes(duty.value);
            return (
              <label
                key={duty.value}
                className={cn(
                  "flex cursor-pointer items-center gap-1.5 rounded-control border px-2 py-1 text-[13px]",
                  on && "border-primary bg-primary-soft text-primary",
                )}
              >
                <input
                  type="checkbox"
                  checked={on}
                  onChange={() =>
                    onChange({
                      duties: on ? robot.duties.filter((d) => d !== duty.value) : [...robot.duties, duty.value],
                    })
                  }
                />
                {duty.label}
              </label>
            );
          })}
        </div>
        <p className="text-xs text-faint">{t("robots.dutiesHelp")}</p>
      </fieldset>
      <Field
        label={t("robots.robotId")}
        help={known ? t("robots.kept", { value: known.robotId }) : t("robots.robotIdHelp")}
      >
        {(p) => (
          <Input
            {...p}
            autoComplete="off"
            maxLength={200}
            value={robot.robotId}
            onChange={(e) => onChange({ robotId: e.target.value.trim() })}
          />
        )}
      </Field>
      <Field label={t("robots.key")} help={known?.key ? t("robots.kept", { value: known.key }) : t("robots.keyHelp")}>
        {(p) => (
          <Input
            {...p}
            type="password"
            autoComplete="new-password"
            maxLength={200}
            value={robot.key}
            onChange={(e) => onChange({ key: e.target.value.trim() })}
          />
        )}
      </Field>
      <Field label={t("robots.baseUri")} help={t("robots.baseUriHelp")}>
        {(p) => (
          <Input
            {...p}
            type="url"
            maxLength={500}
            placeholder={platform}
            value={robot.baseUri}
            onChange={(e) => onChange({ baseUri: e.target.value.trim() })}
          />
        )}
      </Field>
      {known && (
        <>
          <Field label={t("robots.aliases")} help={t("robots.aliasesHelp")}>
            {(p) => (
              <Words {...p} disabled={false} value={robot.aliases} onChange={(aliases) => onChange({ aliases })} />
            )}
          </Field>
          <div className="grid grid-cols-2 gap-3">
            <Limit
              label={t("robots.perMinute")}
              value={robot.requestsPerMinute}
              onChange={(requestsPerMinute) => onChange({ requestsPerMinute })}
            />
            <Limit
              label={t("robots.maxUnconfirmed")}
              value={robot.maxUnconfirmed}
              onChange={(maxUnconfirmed) => onChange({ maxUnconfirmed })}
            />
          </div>
        </>
      )}
    </div>
  );
}

/** platform is the address of the platform that applies when a robot names none. */
export const platform = "https://api.worktool.ymdyes.cn";

function Limit({ label, value, onChange }: { label: string; value: number; onChange: (next: number) => void }) {
  const { t } = useText();
  return (
    <Field label={label}>
      {(p) => (
        <Input
          {...p}
          inputMode="numeric"
          placeholder={t("robots.bySettings")}
          value={value || ""}
          onChange={(e) => onChange(Number.parseInt(e.target.value, 10) || 0)}
        />
      )}
    </Field>
  );
}
