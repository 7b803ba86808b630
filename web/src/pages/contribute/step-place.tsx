import { Help, Pick } from "./asks";
import { useForm } from "./form";

export function StepPlace() {
  const { country, metro } = useForm().answers;
  return (
    <>
      <Pick name="country" factor="COUNTRY" wide hint="Where you do the work; for remote work, where you live.">
        <Help question="Why do you ask for the place?">
          <p>Pay differs more by place than by anything else. A place is published only where at least four others tell the same of theirs; if not, it is left out or made wider.</p>
        </Help>
      </Pick>
      {country && <Pick name="metro" factor="METRO" under={country} hint="The nearest one that you would commute to. Leave it empty if there is none." />}
      {country && !metro && <Pick name="subdivision" factor="SUBDIVISION" under={country} hint="Only where you chose no metropolitan area: that brings its own." />}
    </>
  );
}
