import { Help, Line, Pick, PickMany } from "./asks";
import { useForm } from "./form";

/** What each level means, as the schema describes it. */
const LEVELS: Readonly<Record<string, string>> = {
  entry: "First years in the profession.",
  mid: "Works on their own.",
  senior: "Leads work of others by expertise.",
  staff: "Leads across teams.",
  principal: "Leads across the organisation.",
  executive: "Directors, vice presidents, chiefs.",
};

export function StepWork() {
  const { level } = useForm().answers;
  return (
    <>
      <Pick name="role" factor="ROLE" wide hint="The work you do, whatever your title says. Type a word of it: engineer, vision, research." />
      <Pick name="level" factor="LEVEL" hint={LEVELS[level] ?? "What is expected of you, whatever it is called where you work."} />
      <Line name="experience" keys="numeric" suffix="years" hint="Whole years of professional work, in any job that counts for this one." />
      <Pick name="workMode" factor="WORK_MODE" />
      <Pick name="employmentType" factor="EMPLOYMENT_TYPE">
        <Help question="I work part time, or by the hour. What do I tell?">
          <p>Choose the kind of contract here and tell pay as if for full time: at half a post, twice of what you get. An hourly rate times 2,080 makes a year.</p>
        </Help>
      </Pick>
      <PickMany name="specializations" factor="SPECIALIZATION" wide hint="As many as fit, or none." />
    </>
  );
}
