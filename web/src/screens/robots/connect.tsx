import { useQuery } from "@connectrpc/connect-query";
import type { Robot } from "@gen/flowdesk/v1/resource_robot_pb";
import { RobotService } from "@gen/flowdesk/v1/robot_service_pb";
import { useQueryClient } from "@tanstack/react-query";
import { ChevronLeft, Link2 } from "lucide-react";
import { type ReactNode, useCallback, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { client } from "@/api/transport";
import { useText } from "@/i18n";
import { Page } from "@/parts/page";
import { Snippet } from "@/parts/snippet";
import { Failure, Skeleton } from "@/parts/states";
import { Button } from "@/ui/button";
import { Addresses } from "./addresses";
import { Callbacks, useCallbacks } from "./callbacks";
import { bindingCommands, tryCommand } from "./curl";
import { blank, platform, RobotForm } from "./form";
import { FirstMessages } from "./heard";
import { TestSend } from "./test-send";

/** Connecting a robot: tell who it is, register the addresses at the platform, see the first callback, let it speak. The address holds the step. */
export default function ConnectRobot() {
  const { t } = useText();
  const [params, setParams] = useSearchParams();
  const queries = useQueryClient();
  const id = params.get("robot") ?? "";
  const [draft, setDraft] = useState(blank);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [tested, setTested] = useState(false);
  const done = useCallback(() => setTested(true), []);
  const found = useQuery(RobotService.method.getRobot, { name: `robots/${id}` }, { enabled: id !== "" });
  const robot = found.data?.robot;
  const { health } = useCallbacks(robot?.name ?? "");
  const message = health?.callbacks.find((c) => c.kind === "message");
  const heard = message !== undefined && message.taken > message.probes;
  const create = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const answer = await client(RobotService).createRobot({ robot: draft, requestId: request });
      await queries.invalidateQueries();
      setParams({ robot: answer.robot?.id ?? "" });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const [request] = useState(() => `connect-${Date.now()}-${Math.random().toString(36).slice(2)}`);
  return (
    <Page
      title={t("connect.title")}
      intro={t("connect.intro")}
      actions={
        <Link to="/robots" className="inline-flex items-center gap-1 text-primary hover:underline">
          <ChevronLeft className="size-4" aria-hidden /> {t("connect.back")}
        </Link>
      }
    >
      <ol className="flex max-w-4xl flex-col gap-4">
        <Step number={1} title={t("connect.who")} done={robot !== undefined} open={id === ""}>
          {id === "" ? (
            <form
              className="flex max-w-xl flex-col gap-4"
              onSubmit={(e) => {
                e.preventDefault();
                void create();
              }}
            >
              <p className="text-soft">{t("connect.whoHint")}</p>
              <RobotForm robot={draft} onChange={(change) => setDraft({ ...draft, ...change })} />
              {error !== undefined && <Failure error={error} />}
              <div>
                <Button
                  type="submit"
                  tone="primary"
                  disabled={busy || !draft.robotId || !draft.title.trim() || draft.duties.length === 0}
                >
                  <Link2 /> {t("connect.create")}
                </Button>
              </div>
            </form>
          ) : found.error ? (
            <Failure error={found.error} onRetry={found.refetch} />
          ) : robot ? (
            <p>{t("connect.created", { robot: robot.title || robot.id })}</p>
          ) : (
            <Skeleton rows={2} />
          )}
        </Step>
        <Step
          number={2}
          title={t("connect.register")}
          done={health !== undefined && health.callbacks.length > 0}
          open={robot !== undefined}
        >
          {robot && <Register robot={robot} account={draft} />}
        </Step>
        <Step number={3} title={t("connect.hear")} done={heard} open={robot !== undefined}>
          {robot && (
            <div className="flex flex-col gap-3">
              <p className="text-soft">{t("connect.hearHint")}</p>
              <Callbacks robot={robot} />
              <FirstMessages robot={robot.id} />
              <details>
                <summary className="cursor-pointer text-[13px] text-soft">{t("connect.tryHere")}</summary>
                <div className="mt-2">
                  <Snippet
                    label={t("connect.tryHere")}
                    text={tryCommand(robot.webhookUris, {
                      group: t("connect.tryGroup"),
                      sender: t("connect.trySender"),
                      text: t("connect.tryText"),
                    })}
                  />
                </div>
              </details>
            </div>
          )}
        </Step>
        <Step number={4} title={t("connect.speak")} done={tested} open={robot !== undefined}>
          {robot && <TestSend robot={robot} onDone={done} />}
        </Step>
      </ol>
    </Page>
  );
}

function Register({ robot, account }: { robot: Robot; account: Robot }) {
  const { t } = useText();
  const commands = bindingCommands(
    {
      base: robot.baseUri || platform,
      robotId: account.robotId || "ROBOT_ID",
      key: account.key || robot.key,
    },
    robot.webhookUris,
  );
  return (
    <div className="flex flex-col gap-3">
      <Addresses robot={robot} />
      <p className="text-soft">{t("connect.curl")}</p>
      <Snippet label={t("connect.curl")} text={commands.join("\n\n")} />
      {robot.key && <p className="text-xs text-faint">{t("connect.keyHint")}</p>}
    </div>
  );
}

function Step({
  number,
  title,
  done,
  open,
  children,
}: {
  number: number;
  title: string;
  done: boolean;
  open: boolean;
  children: ReactNode;
}) {
  const { t } = useText();
  return (
    <li className="rounded-card border bg-surface" aria-current={open && !done ? "step" : undefined}>
      <h2 className="flex items-center gap-2 px-4 py-3 text-[15px] font-semibold">
        <span
          className={`grid size-6 shrink-0 place-items-center rounded-full border text-[13px] ${done ? "border-ok text-ok" : open ? "border-primary text-primary" : "text-faint"}`}
        >
          {done ? "✓" : number}
        </span>
        <span className={open || done ? "" : "text-faint"}>{title}</span>
        {done && <span className="text-[13px] font-normal text-ok">{t("connect.done")}</span>}
      </h2>
      {(open || done) && <div className="border-t p-4">{children}</div>}
    </li>
  );
}
